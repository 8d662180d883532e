import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../schemas/limits.ts';
import { configXml, usersXml } from '../../services/clickhouse.ts';
import { serverProperties } from '../../services/kafka.ts';
import { SEARCH_ATTRIBUTES, serverArguments } from '../../services/temporal.ts';

describe("Kafka's properties", () => {
  const properties = new Map(
    serverProperties('127.0.0.1:1234', '127.0.0.1:1235')
      .split('\n')
      .map(line => line.split(/=(.*)/s) as [string, string]),
  );

  it('listen on loopback alone', () => {
    expect(properties.get('listeners')).toBe('PLAINTEXT://127.0.0.1:1234,CONTROLLER://127.0.0.1:1235');
    expect(properties.get('advertised.listeners')).toBe('PLAINTEXT://127.0.0.1:1234');
    expect(properties.get('controller.quorum.voters')).toBe('1@127.0.0.1:1235');
  });

  it('take the largest record that Temper admits, with its headers', () => {
    expect(Number(properties.get('message.max.bytes'))).toBeGreaterThanOrEqual(17 * 1024 * 1024);
    expect(Number(properties.get('message.max.bytes'))).toBeGreaterThan(LIMITS.record_bytes);
  });

  it('make no topic by accident', () => {
    expect(properties.get('auto.create.topics.enable')).toBe('false');
  });
});

describe("Temporal's arguments", () => {
  const text = serverArguments({ frontend: 1, http: 2, ui: 3, metrics: 4 }, 'shop').join(' ');

  it('name each port, the namespace and the database', () => {
    expect(text).toContain('--ip 127.0.0.1 --port 1 --http-port 2 --ui-port 3 --metrics-port 4 --namespace shop');
    expect(text).toContain('--db-filename temporal.db');
  });

  it('define each search attribute as a keyword', () => {
    for (const name of SEARCH_ATTRIBUTES) expect(text).toContain(`--search-attribute ${name}=Keyword`);
  });
});

describe("ClickHouse's configuration", () => {
  it('listens on loopback alone and keeps relative paths', () => {
    const xml = configXml(4321);
    expect(xml).toContain('<listen_host>127.0.0.1</listen_host>');
    expect(xml).toContain('<http_port>4321</http_port>');
    expect(xml).not.toMatch(/>\//);
  });

  it('holds the hash of the password and not the password', () => {
    const xml = usersXml('a secret', 'shop');
    expect(xml).not.toContain('a secret');
    expect(xml).toMatch(/<password_sha256_hex>[0-9a-f]{64}</);
  });

  it('gives the product its own databases and nothing outside the server', () => {
    const xml = usersXml('a secret', 'shop');
    const product = xml.slice(xml.indexOf('<temper>'), xml.indexOf('</temper>'));
    expect(product).toContain('ON shop*.*');
    expect(product).not.toMatch(/FILE|URL|REMOTE|S3|GRANT ALL|USER\b/);
  });
});
