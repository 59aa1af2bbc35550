// What is wrong with a certificate or its key is said of the file that it is wrong with.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificateOf, readCertificate } from "../../src/routes/certificate.ts";

const given = (name: string) => join(import.meta.dir, "certificate", name);
const [cert_path, key_path] = [given("cert.pem"), given("key.pem")];

let folder: string;
let cert: string;
let key: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-certificate-"));
  [cert, key] = await Promise.all([Bun.file(cert_path).text(), Bun.file(key_path).text()]);
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, text: string): Promise<string> {
  await Bun.write(join(folder, name), text);
  return join(folder, name);
}

/** A key made anew. */
async function keyOf(type: string, cipher?: string): Promise<string> {
  const { generateKeyPairSync } = await import("node:crypto");
  const options = { modulusLength: 2048, namedCurve: "P-256" };
  const { privateKey } = generateKeyPairSync(type as "rsa", options);
  const protection = cipher ? { cipher, passphrase: "hunter2" } : {};
  return privateKey.export({ type: "pkcs8", format: "pem", ...protection }).toString();
}

test("a certificate with its key is taken, with a chain behind it and words around it", async () => {
  expect(readCertificate({ cert_path, key_path })).toEqual({ ok: true, cert, key });
  const chain = await written("chain.pem", `subject=CN = localhost\n${cert}\nissuer=\n${cert}`);
  expect(readCertificate({ cert_path: chain, key_path })).toMatchObject({ ok: true });
  const both = await written("both.pem", key + cert);
  expect(readCertificate({ cert_path: both, key_path: both })).toMatchObject({ ok: true });
});

test("files that are missing, folders or no PEM are named, each by itself", async () => {
  const absent = join(folder, "absent.pem");
  const text = await written("text.pem", "hello");
  const faults = (one: string, other: string) => readCertificate({ cert_path: one, key_path: other });
  expect(faults(absent, folder)).toEqual({
    ok: false,
    faults: { cert: `there is no file ${absent}`, key: `${folder} is a folder` },
  });
  expect(faults(text, text)).toEqual({
    ok: false,
    faults: { cert: `${text} holds no certificate in PEM`, key: `${text} holds no private key in PEM` },
  });
  expect(faults(key_path, cert_path)).toEqual({
    ok: false,
    faults: { cert: `${key_path} holds no certificate in PEM`, key: `${cert_path} holds no private key in PEM` },
  });
  const device = faults(cert_path, "/proc/self/mem");
  expect(device).toEqual({ ok: false, faults: { key: expect.stringContaining("/proc/self/mem") } });
});

test("a damaged certificate is named, also where it is the second of a chain", async () => {
  const damaged = `${cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`;
  const path = await written("damaged.pem", damaged);
  expect(readCertificate({ cert_path: path, key_path })).toEqual({
    ok: false,
    faults: { cert: `certificate 2 in ${path} is damaged` },
  });
});

test.each(["rsa", "ec", "ed25519"])("an %s key that isn't the certificate's is named with it", async (type) => {
  const path = await written(`${type}.pem`, await keyOf(type));
  const result = readCertificate({ cert_path, key_path: path });
  expect(result).toEqual({
    ok: false,
    faults: { key: `${path} is the key of another certificate than the first in ${cert_path}` },
  });
  expect(() => certificateOf({ cert_path, key_path: path })).toThrow(path);
});

test("an encrypted key is named, with how to decrypt it", async () => {
  const path = await written("encrypted.pem", await keyOf("rsa", "aes-256-cbc"));
  const { faults } = readCertificate({ cert_path, key_path: path }) as { faults: { key: string } };
  expect(faults.key).toStartWith(`${path} is encrypted: `);
});
