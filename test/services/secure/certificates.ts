/** Certificates for one test, made by openssl: two authorities, and who is signed by them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

export interface Identity {
  /** Files of PEM. */
  cert: string;
  key: string;
}

export interface Certificates {
  directory: string;
  /** The authority that signs all identities, and one that signs nobody. */
  ca: string;
  stranger: string;
  server: Identity;
  /** As the server's, but its time has passed. */
  expired: Identity;
  client: Identity;
  /** A client's that the stranger has signed. */
  foreign: Identity;
  /** Key and certificate in one file, as Kafka takes them. */
  keystore: string;
  remove(): void;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export async function makeCertificates(): Promise<Certificates> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'temper-certificates-'));
  const file = (name: string) => path.join(directory, name);
  const openssl = (...args: string[]) => execa('openssl', args, { cwd: directory });
  const authority = async (name: string) => {
    await openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
    );
    return file(`${name}.pem`);
  };
  writeFileSync(file('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  const identity = async (name: string, days: number, by = 'ca'): Promise<Identity> => {
    await openssl('req', '-new', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const signed = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial', '-days', String(days)];
    await openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-extfile', 'names', '-out', `${name}.pem`);
    return { cert: file(`${name}.pem`), key: file(`${name}.key`) };
  };
  const [ca, stranger] = [await authority('ca'), await authority('stranger')];
  const server = await identity('server', 2);
  const client = await identity('client', 2);
  const foreign = await identity('foreign', 2, 'stranger');
  const expired = await identity('expired', 0);
  writeFileSync(file('keystore.pem'), readFileSync(server.key) + String(readFileSync(server.cert)));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  return { directory, ca, stranger, server, expired, client, foreign, keystore: file('keystore.pem'), remove };
}
