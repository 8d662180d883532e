import { TemperError } from '../../../schemas/errors.ts';

/**
 * What kafkajs gave up on, as an error of Temper's where its reason is that a topic is not there. Behind all retries it
 * was deleted, and nobody makes it but a start: to go on trying looks like a slow broker, and holds up all other topics.
 */
export function topicMissing(topics: readonly string[], cause: unknown): TemperError | undefined {
  return isOfType(cause, 'UNKNOWN_TOPIC_OR_PARTITION') ? missingTopics(topics, cause) : undefined;
}

export function missingTopics(topics: readonly string[], cause?: unknown): TemperError {
  return new TemperError('TOPIC_MISSING', {
    where: topics.join(', '),
    next: 'Start the job again: what is missing of the job graph is created then. `temper offsets show` says what was lost with it',
    cause,
  });
}

function isOfType(error: unknown, type: string): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if ((at as { type?: string }).type === type) return true;
  return false;
}

/** What a group would read next is not there. */
export function offsetLost(
  where: string,
  group: string,
  { expected, got }: { expected: string; got: string },
): TemperError {
  return new TemperError('OFFSET_LOST', {
    where: `${where}, group ${group}`,
    expected,
    got,
    next: 'Records were deleted before they were read, or the topic was made anew. Restore the topic; or see with `temper offsets show` what is lost, and accept it with `temper offsets accept-loss`',
  });
}

export function madeAnew(topic: string, group: string): TemperError {
  return offsetLost(topic, group, {
    expected: 'the log from which the group has read so far',
    got: 'another one under its name',
  });
}
