import type { Command } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { examples, json, positive } from './options.ts';

/** Commands on campaigns and what they spend. */
export function ads(program: Command): void {
  const campaigns = program
    .command('campaigns')
    .description('what is advertised, for how much')
    .addHelpText('after', examples('temper campaigns put campaigns.json', 'temper campaigns pause spring'));
  campaigns
    .command('list')
    .description('all campaigns')
    .addOption(json())
    .addHelpText('after', examples('temper campaigns list'))
    .action(async options => {
      const { printCampaigns } = await import('../ads.ts');
      await printCampaigns(readConfig(), options);
    });
  campaigns
    .command('put')
    .description('publishes campaigns: new ones, or in place of those of the same name')
    .argument('<file>', 'a JSON object, an array of them, or one a line')
    .addOption(json())
    .addHelpText('after', examples('temper campaigns put campaigns.json'))
    .action(async (file: string, options) => {
      const { putCampaigns } = await import('../ads.ts');
      await putCampaigns(readConfig(), file, options);
    });
  for (const [verb, status] of [
    ['pause', 'paused'],
    ['resume', 'running'],
  ] as const) {
    campaigns
      .command(verb)
      .description(verb === 'pause' ? 'shows it no more; what was clicked is charged' : 'shows it again')
      .argument('<campaign>', 'its name')
      .addOption(json())
      .addHelpText('after', examples(`temper campaigns ${verb} spring`))
      .action(async (campaign: string, options) => {
        const { setStatus } = await import('../ads.ts');
        await setStatus(readConfig(), campaign, status, options);
      });
  }

  const ads = program
    .command('ads')
    .description('what campaigns have spent, and whether ads are clicked as often as they are sold for')
    .addHelpText('after', examples('temper ads spend', 'temper ads clicks'));
  ads
    .command('spend')
    .description('the ledger: by campaign and day what was charged, and what was given away')
    .option('--campaign <name>', 'of this one alone')
    .addOption(json())
    .addHelpText('after', examples('temper ads spend', 'temper ads spend --campaign spring --json'))
    .action(async options => {
      const { printSpend } = await import('../ads.ts');
      await printSpend(readConfig(), options);
    });
  ads
    .command('clicks')
    .description('clicks for each that auctions counted on: in all, by what was predicted, and by place')
    .option('--hours <n>', 'how far back', positive, 168)
    .option('--model <id>', 'on lists that this one scored')
    .addOption(json())
    .addHelpText('after', examples('temper ads clicks', 'temper ads clicks --hours 24 --json'))
    .action(async options => {
      const { printAdClicks } = await import('../ad-clicks.ts');
      await printAdClicks(readConfig(), options);
    });
}
