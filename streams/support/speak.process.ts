import path from 'node:path';
import { serveParent } from '../../models/child/serve.ts';
import { openLanguageModel } from '../../models/language/generate.ts';
import type { ToSay } from './local.ts';
import type { SpeakerSetup } from './speaker.ts';

serveParent<SpeakerSetup, string, ToSay, string>(async ({ place, ...options }) => {
  const model = await openLanguageModel(path.join(place, 'model.gguf'), options);
  return { opened: place, answer: ({ messages, most }) => model.reply(messages, most) };
});
