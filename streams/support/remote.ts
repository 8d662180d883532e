import { z } from 'zod';
import type { Generator } from '../../models/support/answer/generator.ts';
import { messagesFor, statementsIn } from '../../models/support/answer/prompt.ts';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';

export interface RemoteOptions {
  /** Of the API: `/chat/completions` stands behind it. */
  readonly url: string;
  readonly model: string;
  readonly key?: string | undefined;
}

/** Of what an OpenAI-compatible server answers, what is read. */
const Completion = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) });

const MAX_TOKENS = 300;

/**
 * A language model behind an OpenAI-compatible address. It gets the question and the passages, and gives sentences with
 * the numbers of their sources; one without a number cites all of them. It has no tools.
 */
export function remoteGenerator({ url, model, key }: RemoteOptions, fetching: typeof fetch = fetch): Generator {
  const address = `${url.replace(/\/$/, '')}/chat/completions`;
  return {
    name: `remote:${model}`,
    async answer(asked, passages, signal) {
      const body = { model, temperature: 0, max_tokens: MAX_TOKENS, messages: messagesFor(asked, passages) };
      const response = await fetching(address, {
        method: 'POST',
        redirect: 'error',
        headers: {
          'content-type': 'application/json',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        body: JSON.stringify(body),
        signal,
      });
      if (!response.ok) throw refused(address, `status ${response.status}`);
      const completion = Completion.safeParse(jsonIn(await textOf(response, address)));
      if (!completion.success) throw refused(address, 'no chat completion');
      return statementsIn(completion.data.choices[0]!.message.content, passages);
    },
  };
}

/** No more of it than may be: whoever never ends is not heard to the end. */
async function textOf({ body }: Response, address: string): Promise<string> {
  let text = '';
  for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    if (text.length > LIMITS.completion_chars)
      throw refused(address, `more than ${LIMITS.completion_chars} characters`);
  }
  return text;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refused(where: string, got: string): TemperError {
  return new TemperError('UNREACHABLE', {
    where,
    expected: 'a chat completion as OpenAI-compatible servers give it',
    got,
    next: 'Is TEMPER_GENERATOR right, and TEMPER_GENERATOR_MODEL a model of that server?',
  });
}
