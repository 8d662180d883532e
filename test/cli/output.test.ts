import { afterEach, expect, it, vi } from 'vitest';
import { harmless, printResult, progress } from '../../cli/output.ts';

afterEach(() => vi.restoreAllMocks());

it.each([
  ['names the window', 'cup\u001b]0;pwned\u0007'],
  ['moves the cursor over what was said', 'cup\u001b[2A\u001b[2Kall is well'],
  ['copies to the clipboard', '\u001b]52;c;cm0gLXJm\u0007'],
  ['speaks in eight-bit controls', '\u009b31mcup\u009d'],
  ['returns to the start of the line', 'evil\rgood'],
  ['turns the reading around', 'cup \u202etxt.exe'],
])('a title that %s does nothing in a terminal, with results and with errors', (_, hostile) => {
  const said: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation(text => said.push(String(text)) > 0);
  }
  printResult({}, false, () => hostile);
  progress(hostile);
  expect(said).toHaveLength(2);
  for (const text of said) expect(text.trimEnd()).not.toMatch(/[^\P{C}\ufffd]/u);
});

it('colours, lines and other scripts stay', () => {
  const text = '\u001b[31mТеапот\u001b[0m\n\t茶壺 🫖';
  expect(harmless(text)).toBe(text);
});
