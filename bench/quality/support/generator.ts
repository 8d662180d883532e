import type { LanguageModel } from '../../../models/language/generate.ts';
import { carried } from '../../../models/support/answer/faithful.ts';
import { messagesFor, statementsIn } from '../../../models/support/answer/prompt.ts';
import type { Passage } from '../../../models/support/passages/passage.ts';
import type { Asked } from './measure.ts';

/** As the job asks it. */
const MAX_TOKENS = 96;

/** What a language model says when it has the section that answers, and how much of that the section carries. */
export async function measureGenerator(
  model: LanguageModel,
  asked: readonly Asked[],
  passages: readonly Passage[],
  tell: (line: string) => void,
) {
  const byId = new Map(passages.map(passage => [passage.id, passage]));
  const answers = [];
  for (const { question, source } of asked) {
    const sources = [byId.get(source!)!];
    const began = process.cpuUsage();
    const text = await model.reply(messagesFor({ question, language: 'en' }, sources), MAX_TOKENS);
    const { user, system } = process.cpuUsage(began);
    const said = statementsIn(text, sources);
    const kept = carried(said, sources);
    answers.push({
      question,
      said: said.map(each => each.text),
      kept: kept.map(each => each.text),
      cpu_seconds: (user + system) / 1e6,
    });
    tell(`${kept.length} of ${said.length}: ${question}`);
  }
  const sentences = answers.reduce((sum, { said }) => sum + said.length, 0);
  const spent = answers.map(({ cpu_seconds }) => cpu_seconds).sort((a, b) => a - b);
  return {
    questions: answers.length,
    sentences,
    carried: answers.reduce((sum, { kept }) => sum + kept.length, 0) / Math.max(1, sentences),
    answers_with_one: answers.filter(({ kept }) => kept.length > 0).length / answers.length,
    cpu_seconds: { median: spent[Math.floor(spent.length / 2)]!, most: spent.at(-1)! },
    answers,
  };
}
