// How much is computed for a password: counted by a hasher that notes what it is asked for.

import { describe, expect, test } from "bun:test";
import { createPasswordChecks, keptForm } from "../../src/accounts/password-checks.ts";
import { limits } from "../../src/domain/limits.ts";

const parametersOf = (memory: number) => `$argon2id$v=19$m=${memory},t=2,p=1$`;
const PRESENT = parametersOf(2048);
const FORMER = parametersOf(1024);
const EARLIER = parametersOf(65536);

const COMPOSED = "caf\u00e9 au lait";
const DECOMPOSED = "cafe\u0301 au lait";

const WHO = { party: "198.51.100.1 alice", group: "198.51.100.1" };

/** The stored hashes, as `parameters + password`, and what is asked of the hasher: the password and the parameters. */
async function checksOver(stored: string[]) {
  const asked: [password: string, parameters: string][] = [];
  const beginning = (hash: string) => hash.slice(0, hash.indexOf("p=1$") + 4);
  const hasher = {
    parameters: PRESENT,
    hash: async (password: string) => PRESENT + password,
    async verify(password: string, hash: string) {
      asked.push([password, beginning(hash)]);
      return hash === beginning(hash) + password;
    },
  };
  const passwords = await createPasswordChecks(hasher, async () => [...new Set(stored.map(beginning))]);
  /** What is computed for this password of this user, in no order. */
  const computed = async (password: string, hash: string | null) => {
    asked.length = 0;
    const checked = await passwords.check(password, hash, WHO);
    return { ...checked, work: asked.toSorted() };
  };
  return { passwords, computed };
}

describe("a wrong password costs the same for whatever name", () => {
  const stored = [`${PRESENT}alices`, `${FORMER}bobs`, `${FORMER}carols`, `${EARLIER}daves`];

  test.each([
    ["as it is", "wrong horse", 1],
    ["in another form than that which is kept", DECOMPOSED, 2],
  ])("%s", async (_, password, forms) => {
    const { computed } = await checksOver(stored);
    const unknown = await computed(password, null);
    expect(unknown.fits).toBe(false);
    expect(unknown.work).toHaveLength(3 * forms);
    for (const hash of stored) expect(await computed(password, hash)).toEqual(unknown);
  });

  test("once no hash of former days is left, one of the present", async () => {
    const hashes = [`${PRESENT}alices`, `${FORMER}bobs`];
    const { passwords, computed } = await checksOver(hashes);
    expect((await computed("wrong horse", null)).work).toHaveLength(2);
    const [, former = ""] = hashes;
    hashes[1] = `${PRESENT}bobs`;
    passwords.replaced(former);
    expect(await computed("wrong horse", null)).toEqual(await computed("wrong horse", `${PRESENT}bobs`));
    expect((await computed("wrong horse", null)).work).toEqual([["wrong horse", PRESENT]]);
  });

  test("with so many sets as it may be tried with, however many are stored", async () => {
    const former = [1024, 4096, 8192, 65536, 1048576].map((memory) => parametersOf(memory));
    const { computed } = await checksOver([PRESENT, ...former].map((parameters) => `${parameters}somebodys`));
    const unknown = await computed("wrong horse", null);
    // Those that take about as much as the present one.
    const tried = [parametersOf(1024), PRESENT, parametersOf(4096)].sort();
    expect(unknown.work.map(([, parameters]) => parameters)).toEqual(tried);
    for (const parameters of former) {
      const { work } = await computed("wrong horse", `${parameters}somebodys`);
      expect(work).toHaveLength(limits.password_parameters);
    }
    // A hash of another set is tried in place of the one that takes most nearly as much.
    const { work } = await computed("wrong horse", `${parametersOf(65536)}somebodys`);
    expect(work.map(([, parameters]) => parameters)).toEqual([parametersOf(1024), PRESENT, parametersOf(65536)].sort());
    expect(await computed("right horse", `${parametersOf(1048576)}right horse`)).toMatchObject({ fits: true });
  });

  test("what isn't a hash of ours has no decoy", async () => {
    const { computed } = await checksOver(["$argon2id$v=19$m=,t=2,p=1$x", "$2b$10$p=1$x"]);
    expect((await computed("wrong horse", null)).work).toEqual([["wrong horse", PRESENT]]);
  });
});

describe("a right password", () => {
  test.each([
    ["of the present parameters", PRESENT, COMPOSED, COMPOSED, false],
    ["typed in another form", PRESENT, COMPOSED, DECOMPOSED, false],
    ["of former parameters", FORMER, COMPOSED, COMPOSED, true],
    ["hashed in the form in which it was typed once", PRESENT, DECOMPOSED, DECOMPOSED, true],
  ])("%s fits, and is hashed anew where it must be", async (_, parameters, hashed, typed, is_outdated) => {
    const hash = parameters + hashed;
    const { computed } = await checksOver([hash]);
    expect(await computed(typed, hash)).toMatchObject({ fits: true, is_outdated });
  });

  test("never fits what stands for a user who doesn't exist", async () => {
    const { computed } = await checksOver([]);
    expect(await computed("", null)).toMatchObject({ fits: false });
  });
});

test("too many that wait are told from a wrong password", async () => {
  const hasher = { parameters: PRESENT, hash: async () => null, verify: async () => null };
  const passwords = await createPasswordChecks(hasher, async () => []);
  expect(await passwords.check("right horse", `${PRESENT}x`, WHO)).toBeNull();
  expect(await passwords.hash("right horse", WHO)).toBeNull();
});

test("the form that is kept is composed, with plain spaces, and everything else as it was", () => {
  expect(keptForm(DECOMPOSED)).toBe(COMPOSED);
  expect(keptForm("a\u00a0b\u3000c\u2009d")).toBe("a b c d");
  expect(keptForm("\uac00")).toBe(keptForm("\u1100\u1161"));
  for (const kept of ["ﬁ", "①", "Ａ", "ǅ", " a  b ", "\u200d", "A"]) expect(keptForm(kept)).toBe(kept);
  for (const text of [DECOMPOSED, "\u2000", "\u212b"]) expect(keptForm(keptForm(text))).toBe(keptForm(text));
});
