/** A command of a page: a line to be typed as it stands, or a mention, which may leave out what the command is about. */
export interface CommandLine {
  text: string;
  isMention: boolean;
}

const IS_COMMAND = /^(?:[A-Z_]+=\S+ )*(?:temper|npm|npx|node) /;

/**
 * What a page in Markdown has of commands: the lines of its blocks of shell, of other blocks those that begin with `$ ` or
 * with a command's name; and all spans of code, as mentions.
 */
export function commandLines(page: string): CommandLine[] {
  const lines: CommandLine[] = [];
  const call = (text: string) => lines.push({ text, isMention: false });
  const prose = page.replace(/^ *```(\w*)\n([\s\S]*?)^ *```$/gm, (_block, language: string, code: string) => {
    const all = code.split('\n').map(line => line.trim());
    const prompted = all.filter(line => line.startsWith('$ '));
    if (prompted.length > 0) for (const line of prompted) call(line.slice(2));
    else if (language === 'sh') all.filter(Boolean).forEach(call);
    else if (language === '') all.filter(line => IS_COMMAND.test(line)).forEach(call);
    return '';
  });
  for (const [, text] of prose.matchAll(/`([^`\n]+)`/g)) lines.push({ text: text!, isMention: true });
  return lines;
}

/** The simple commands of a line of shell, as words: of pipes and lists each, and those of `$(...)` by themselves. */
export function simpleCommands(line: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  let quote = '';
  let isTarget = false;
  const endWord = () => {
    if (word === undefined) return;
    if (!isTarget) words.push(word);
    isTarget = false;
    word = undefined;
  };
  const endCommand = () => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (let at = 0; at < line.length; at++) {
    const c = line[at]!;
    if (quote !== "'" && line.startsWith('$(', at)) {
      const end = line.lastIndexOf(')');
      commands.push(...simpleCommands(line.slice(at + 2, end)));
      word = `${word ?? ''}SAID`;
      at = end;
    } else if (quote !== '') {
      if (c === quote) quote = '';
      else word += c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= '';
    } else if (c === '#' && word === undefined) break;
    else if (/\s/.test(c)) endWord();
    else if (';|&'.includes(c)) endCommand();
    else if (c === '>') {
      endWord();
      isTarget = true;
    } else word = (word ?? '') + c;
  }
  endCommand();
  return commands;
}
