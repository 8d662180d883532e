import { execa } from 'execa';
import { TemperError } from '../schemas/errors.ts';

interface Tool {
  /** The command that prints a version. */
  command: [string, ...string[]];
  version: RegExp;
  /** Major and minor version that is needed. */
  atLeast: [number, number];
  remedy: string;
}

/** The programs that Temper does not bring itself, each with the sentence that says how to get it. */
export const TOOLS = {
  java: {
    command: ['java', '-version'],
    version: /version "(\d+)(?:\.(\d+))?/,
    atLeast: [17, 0],
    remedy: 'Install Java 17 or later (Debian: apt install openjdk-17-jre-headless; macOS: brew install openjdk@17)',
  },
  maven: {
    command: ['mvn', '--version'],
    version: /Apache Maven (\d+)\.(\d+)/,
    atLeast: [3, 0],
    remedy: 'Install Maven 3 (Debian: apt install maven; macOS: brew install maven)',
  },
  pip: {
    command: ['python3', '-m', 'pip', '--version'],
    version: /pip (\d+)\.(\d+)/,
    atLeast: [20, 0],
    remedy: 'Install Python 3 with pip (Debian: apt install python3-pip; macOS: brew install python)',
  },
  npm: {
    command: ['npm', '--version'],
    version: /^(\d+)\.(\d+)/m,
    atLeast: [8, 0],
    remedy: 'Install npm; it comes with Node from https://nodejs.org',
  },
  temporal: {
    command: ['temporal', '--version'],
    version: /temporal version (\d+)\.(\d+)/,
    atLeast: [1, 9],
    remedy: 'Install the Temporal command line tool (https://docs.temporal.io/cli), or set TEMPER_TEMPORAL',
  },
} satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

/** The version of a tool on this machine; what it says is returned too, for a tool that is too old. */
export async function findTool(name: ToolName): Promise<{ ok: boolean; found: string }> {
  const tool: Tool = TOOLS[name];
  const [command, ...args] = tool.command;
  const { all, failed } = await execa(command, args, { all: true, reject: false, timeout: 20_000 });
  const match = failed ? null : tool.version.exec(all);
  if (!match) return { ok: false, found: 'not found' };
  const [major, minor] = [Number(match[1]), Number(match[2] ?? 0)];
  const ok = major > tool.atLeast[0] || (major === tool.atLeast[0] && minor >= tool.atLeast[1]);
  return { ok, found: `${major}.${minor}${ok ? '' : `, but ${tool.atLeast.join('.')} or later is needed`}` };
}

/** Refuses to go on without a tool, and says what it is for and how to get it. */
export async function requireTool(name: ToolName, purpose: string): Promise<void> {
  const { ok, found } = await findTool(name);
  if (ok) return;
  throw new TemperError('TOOL_MISSING', {
    where: purpose,
    expected: TOOLS[name].command.join(' '),
    got: found,
    next: TOOLS[name].remedy,
  });
}
