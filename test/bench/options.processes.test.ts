import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

const evaluate = (name: string, ...options: string[]) =>
  execa('node', ['--import', 'tsx', `bench/eval/${name}.ts`, ...options], { reject: false });

describe('an evaluation', () => {
  it('says what is wrong with its options, all at once, and ends with 1', async () => {
    const { exitCode, stderr, stdout } = await evaluate('next-click', '--seeds', 'some');
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain('--seeds is no number, --data DIR is missing');
    expect((await evaluate('next-click', '--sedes', '1')).stderr).toContain("'--sedes'");
    expect((await evaluate('robustness', '--neighbours')).stderr).toContain('--data DIR is missing');
  });

  it('has help', async () => {
    const { exitCode, stdout } = await evaluate('next-click', '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('npm run eval:next-click -- --data DIR');
  });

  it('says which file it misses', async () => {
    const { exitCode, stderr } = await evaluate('next-item', '--data', 'nowhere');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^[A-Z_]+: .*nowhere/);
    expect(stderr).not.toContain('    at ');
  });
});
