import type { Admin } from 'kafkajs';
import { TemperError } from '../../../schemas/errors.ts';
import type { Log } from '../../../schemas/log.ts';
import type { TopicSpec } from '../bus.ts';
import { ConfigResourceTypes, ConfigSource } from '../wire/kafkajs.ts';

/** Of each setting what holds for a topic, and whether that was said of this topic itself. */
export type Settings = ReadonlyMap<string, { value: string; isOwn: boolean }>;

/** What a topic of before is to be told, and what somebody has set otherwise. */
export interface Due {
  told: Record<string, string>;
  otherwise: Record<string, string>;
}

/**
 * What a topic was not told when it was made, by a Temper of before, is told it now. What stands there otherwise may be
 * somebody's wish and stays, but for how it is cleaned up: on that jobs rely, and with it goes how long it is kept.
 *
 * @param decided settings that the shop's policy names: these are its wish
 */
export function dueSettings(
  wanted: Readonly<Record<string, string>>,
  settings: Settings,
  decided: readonly string[] = [],
): Due {
  const isCleanedOtherwise = settings.get('cleanup.policy')?.value !== wanted['cleanup.policy'];
  const due: Due = { told: {}, otherwise: {} };
  for (const [name, value] of Object.entries(wanted)) {
    const now = settings.get(name);
    if (now === undefined || now.value === value) continue;
    const isRelied = isCleanedOtherwise && (name === 'cleanup.policy' || name === 'retention.ms');
    if (!now.isOwn || isRelied || decided.includes(name)) due.told[name] = value;
    else due.otherwise[name] = now.value;
  }
  return due;
}

/** Where the broker lets nobody ask or tell, that is said, and the jobs go on. */
export async function settleTopics(admin: Admin, specs: readonly TopicSpec[], log: Log): Promise<void> {
  const { TOPIC: type } = ConfigResourceTypes;
  try {
    const asked = specs
      .filter(({ config }) => Object.keys(config).length > 0)
      .map(({ topic }) => ({ type, name: topic }));
    if (asked.length === 0) return;
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: asked });
    for (const { resourceName: topic, configEntries } of resources) {
      const settings: Settings = new Map(
        configEntries.map(({ configName, configValue, configSource }) => {
          return [configName, { value: configValue, isOwn: configSource === ConfigSource.TOPIC_CONFIG }];
        }),
      );
      const { config, decided } = specs.find(spec => spec.topic === topic)!;
      const { told, otherwise } = dueSettings(config, settings, decided);
      if (Object.keys(otherwise).length > 0) {
        log.warn(
          { code: 'TOPIC_OTHERWISE', topic, detail: inWords(otherwise) },
          'a topic is set otherwise than Temper would: it stays so',
        );
      }
      if (Object.keys(told).length === 0) continue;
      const own = [...settings].filter(([, { isOwn }]) => isOwn).map(([name, { value }]) => [name, value] as const);
      // The broker takes these in place of all that were the topic's own.
      const all = Object.entries({ ...Object.fromEntries(own), ...told });
      const entries = all.map(([name, value]) => ({ name, value }));
      await admin.alterConfigs({ validateOnly: false, resources: [{ type, name: topic, configEntries: entries }] });
      log.info({ code: 'TOPIC_SETTLED', topic, detail: inWords(told) }, 'a topic of before has the settings of today');
    }
  } catch (error) {
    log.warn(
      { code: 'TOPICS_UNSETTLED', err: error },
      'whether topics of before have the settings of today is not known',
    );
  }
}

interface Failures {
  partitions?: { error?: { type?: string } }[];
}

const inWords = (settings: Record<string, string>) =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

/**
 * What a broker says of a cut that it will never make.
 *
 * @returns undefined where trying again may help
 */
export function cutRefused(topic: string, cause: unknown): TemperError | undefined {
  const { partitions = [] } = ((cause as Error).cause ?? cause) as Failures; // kafkajs wraps what it does not try again
  if (!partitions.some(({ error }) => error?.type === 'POLICY_VIOLATION')) return undefined;
  return new TemperError('CONFIG_INVALID', {
    where: `topic ${topic}`,
    expected: 'a cleanup.policy with `delete`, without which the broker deletes no records',
    got: 'POLICY_VIOLATION',
    next: 'Start a job again, which sets it; or set cleanup.policy=compact,delete with retention.ms=-1 by the tools of the broker',
    cause: cause instanceof Error ? cause : undefined,
  });
}
