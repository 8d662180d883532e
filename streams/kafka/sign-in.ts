/** How Temper comes to a Kafka cluster: encrypted or not, as whom, and in words why it could not. */

import { TemperError } from '../../schemas/errors.ts';
import type { KafkaAccess } from '../../schemas/settings/connections.ts';
import { readPem, requireSecure } from '../../schemas/settings/tls.ts';
import type { Way } from './wire/inside.ts';
import { connections } from './wire/silence.ts';

/** What kafkajs's clients and our own requests connect with. */
export function wayOf({ tls, sasl }: KafkaAccess, answer_ms: number, gaveUp: (broker: string) => void): Way {
  return {
    ssl: tls ? readPem(tls) : null,
    sasl: sasl ?? null,
    socketFactory: connections(answer_ms, gaveUp),
  };
}

/**
 * Before the first connection: kafkajs would ask a broker that it can't trust for half a minute, and not say why.
 * One broker that answers is enough, as it is for kafkajs.
 */
export async function requireTrusted(brokers: readonly string[], { tls }: KafkaAccess): Promise<void> {
  if (!tls) return;
  let refusal: unknown;
  for (const broker of brokers) {
    try {
      return await requireSecure(broker, tls);
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}

/** What kafkajs says of a cluster to which it does not come. */
export function explainRefusal(cause: unknown, brokers: readonly string[], { sasl }: KafkaAccess): unknown {
  const where = `TEMPER_KAFKA=${brokers.join(',')}`;
  if (!(cause instanceof Error)) return cause;
  if (cause.name === 'KafkaJSSASLAuthenticationError') {
    return new TemperError('CREDENTIALS_REFUSED', {
      where,
      expected: `a user who may sign in by ${sasl?.mechanism}`,
      got: `${sasl?.username}, or a password that is not his`,
      next: 'Correct TEMPER_KAFKA_SASL, TEMPER_KAFKA_USER and TEMPER_KAFKA_PASSWORD, or add the user to the cluster',
      cause,
    });
  }
  return cause;
}
