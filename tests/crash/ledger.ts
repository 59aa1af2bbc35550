// What a server has promised to those who use it: for each fact its value, as last acknowledged or announced, and the
// one that was asked for since and not answered. After a crash either may be found, but nothing else.
// A fact has one request under way at a time, so that there never are more than two.

/** Null: it isn't there. */
export type Value = string | null;

interface Fact {
  standing: Value;
  /** Undefined: nothing is under way. */
  asked: Value | undefined;
}

/** What came of a crash, in facts. */
export interface Findings {
  kept: number;
  /** Requests without an answer, by what was found of them. */
  unanswered_done: number;
  unanswered_undone: number;
  /** What is there against a promise, and what is missing. */
  broken: string[];
}

export class Ledger {
  /** Answers that said that something is done. */
  acknowledged = 0;
  readonly #facts = new Map<string, Fact>();

  standing(key: string): Value {
    return this.#facts.get(key)?.standing ?? null;
  }

  /** What was asked for and not answered, of a kind. */
  unanswered(kind: string): [key: string, asked: Value][] {
    return [...this.#facts].flatMap(([key, { asked }]): [string, Value][] =>
      key.startsWith(`${kind} `) && asked !== undefined ? [[key, asked]] : [],
    );
  }

  /** All names of a kind of facts. */
  names(kind: string): string[] {
    return [...this.#facts.keys()].flatMap((key) => (key.startsWith(`${kind} `) ? [key.slice(kind.length + 1)] : []));
  }

  /** Notes a request before it is sent; false, and no note, where one is under way. */
  ask(key: string, value: Value): boolean {
    const fact = this.#facts.get(key) ?? { standing: null, asked: undefined };
    if (fact.asked !== undefined) return false;
    this.#facts.set(key, { ...fact, asked: value });
    return true;
  }

  /** The server said that it is done. */
  acknowledge(key: string): void {
    const { asked } = this.#known(key);
    if (asked === undefined) return;
    this.#facts.set(key, { standing: asked, asked: undefined });
    this.acknowledged += 1;
  }

  /** The server refused it: it is not done, and never will be. */
  refuse(key: string): void {
    this.#facts.set(key, { ...this.#known(key), asked: undefined });
  }

  /** Others were told of it: then it has to be there, answered or not. */
  announce(key: string, value: Value): void {
    const fact = this.#facts.get(key);
    if (fact && fact.asked === value) this.#facts.set(key, { standing: value, asked: undefined });
  }

  /** Compares with what is there now, which stands from here on. `isMoot`: of facts that went with another. */
  compare(found: ReadonlyMap<string, string>, isMoot: (key: string) => boolean = () => false): Findings {
    const findings: Findings = { kept: 0, unanswered_done: 0, unanswered_undone: 0, broken: [] };
    for (const [key, { standing, asked }] of this.#facts) {
      const value = found.get(key) ?? null;
      if (isMoot(key)) this.#facts.delete(key);
      else if (value === standing) {
        if (asked === undefined) findings.kept += 1;
        else findings.unanswered_undone += 1;
      } else if (value === asked) findings.unanswered_done += 1;
      else findings.broken.push(`${key} is ${value}; promised was ${standing}, asked for ${asked}`);
      if (!isMoot(key)) this.#facts.set(key, { standing: value, asked: undefined });
    }
    for (const [key, value] of found) {
      if (!this.#facts.has(key)) findings.broken.push(`${key} is ${value}; nobody asked for it`);
    }
    return findings;
  }

  #known(key: string): Fact {
    const fact = this.#facts.get(key);
    if (!fact) throw new Error(`nobody asked for ${key}`);
    return fact;
  }
}
