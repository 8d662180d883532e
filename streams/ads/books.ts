import type { Account, Campaign } from '../../schemas/topics/ads.ts';
import { admit } from '../admit.ts';
import type { Bus } from '../kafka/bus.ts';

/** The campaigns that the topic tells of. */
export async function campaignsOn(bus: Bus): Promise<Map<string, Campaign>> {
  const campaigns = new Map<string, Campaign>();
  await bus.follow({
    topics: ['shop.campaigns'],
    once: true,
    apply: (_topic, _partition, record) => {
      if (record.key === null) return;
      const parsed = record.value && admit('shop.campaigns', record);
      if (!parsed) campaigns.delete(record.key);
      else if (parsed.ok) campaigns.set(record.key, parsed.value);
    },
  });
  return campaigns;
}

/** What campaigns have spent: of each the record that knows the most. */
export async function accountsOn(bus: Bus): Promise<Map<string, Account>> {
  const accounts = new Map<string, Account>();
  await bus.follow({
    topics: ['ads.ledger'],
    once: true,
    apply: (_topic, _partition, record) => {
      const parsed = admit('ads.ledger', record);
      if (!parsed.ok) return;
      const known = accounts.get(parsed.value.campaign);
      if (!known || known.next < parsed.value.next) accounts.set(parsed.value.campaign, parsed.value);
    },
  });
  return accounts;
}
