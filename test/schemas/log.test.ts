import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { TemperError } from '../../schemas/errors.ts';
import { lastWords, toldError, unquoted } from '../../schemas/log.ts';
import { LOG_CODES } from '../../schemas/log-codes.ts';

const CANARY = 'canary-4711';

function parseError(): Error {
  try {
    JSON.parse(`${CANARY} is no JSON`);
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was parsed');
}

describe('an error in the log', () => {
  it('says what went wrong, and nothing that it quotes', () => {
    const error = parseError();
    expect(error.message).toContain(CANARY.slice(0, 6)); // Node quotes what it read
    const told = toldError(error);
    expect(told).toMatchObject({ type: 'SyntaxError' });
    expect(told.stack).toContain('log.test.ts');
    expect(JSON.stringify(told)).not.toContain(CANARY.slice(0, 6));
  });

  it("keeps Temper's own sentence, and cuts what its cause says", () => {
    const cause = Object.assign(new Error(`Cannot parse input: expected ',' before: '${CANARY}'`), { code: '27' });
    const error = new TemperError('UNREACHABLE', { where: 'ClickHouse', got: 'status 400', next: 'Look there', cause });
    expect(error.message).toContain(CANARY);
    expect(toldError(error)).toMatchObject({
      code: 'UNREACHABLE',
      message:
        'UNREACHABLE: a service does not answer at its address; at ClickHouse; got status 400; because Cannot parse input: expected …. Look there',
      cause: { code: '27', message: 'Cannot parse input: expected …' },
    });
    expect(JSON.stringify(toldError(error))).not.toContain(CANARY);
    expect(lastWords(error)).not.toContain(CANARY);
  });

  it('leaves out all fields but the code: a client may hang a request on its error', () => {
    const error = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', query: CANARY, response: { CANARY } });
    expect(toldError(error)).toMatchObject({ type: 'Error', code: 'ECONNREFUSED', message: 'refused' });
    expect(JSON.stringify(toldError(error))).not.toContain(CANARY);
    expect(toldError(CANARY)).toEqual({ type: 'string', message: 'not an error' });
  });

  it('follows causes, but not for ever', () => {
    const error = new Error('a circle');
    error.cause = error;
    expect(JSON.stringify(toldError(error)).match(/a circle/g)).toHaveLength(5);
  });

  it('is short', () => {
    expect(unquoted('x'.repeat(5_000)).length).toBeLessThan(302);
    expect(unquoted('connect ECONNREFUSED 127.0.0.1:9092')).toBe('connect ECONNREFUSED 127.0.0.1:9092');
  });
});

describe('the codes of the log', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const sources = ['streams', 'activities', 'workflows', 'console', 'cli', 'services', 'models'].flatMap(room =>
    readdirSync(path.join(root, room), { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.ts'))
      .map(name => readFileSync(path.join(root, room, name), 'utf8')),
  );

  it.each(Object.keys(LOG_CODES))('%s is said somewhere', code => {
    expect(sources.some(source => source.includes(`code: '${code}'`))).toBe(true);
  });

  it('have no way round them: nobody else writes to the streams of the process', () => {
    // cli/output.ts prints results and progress, and the others what a command shows.
    const writes = /console\.(log|info|warn|error)\(|pino\(/;
    expect(sources.filter(source => writes.test(source))).toEqual([]);
  });
});
