// One person does the worst of each kind that the limits allow, one kind after another; everybody else pings, writes,
// logs in and catches up meanwhile. What they notice is held to what they notice of a quiet server.

import { limits } from "../../src/domain/limits.ts";
import type { Order, Report } from "../neighbours/attacker.ts";
import { attacks } from "../neighbours/attacks.ts";
import { Land, ownOf, type Size } from "../neighbours/land.ts";
import { type Deed, deeds, type Noticed, People } from "../neighbours/people.ts";
import { witnesses } from "../neighbours/witnesses.ts";
import { makeFolder, type Subject, startOrchard } from "../process.ts";
import { percentile } from "../stats.ts";
import type { Figures, Run, Scale, Workload } from "../workload.ts";

const large: Size = {
  ...{ members: 20_000, channels: 500, roles: 249, overwrites: 100, changes: 900, messages: 400 },
  upload_bytes: limits.upload_bytes,
};
const small: Size = {
  ...{ members: 4_000, channels: 5, roles: 5, overwrites: 3, changes: 9, messages: 8 },
  upload_bytes: 64 * 1024,
};
const sizes: Record<Scale, { size: Size; quiet_ms: number; attack_ms: number; patience_ms: number }> = {
  full: { size: large, quiet_ms: 10_000, attack_ms: 10_000, patience_ms: 5_000 },
  quick: { size: large, quiet_ms: 1_000, attack_ms: 300, patience_ms: 300 },
  tiny: { size: small, quiet_ms: 50, attack_ms: 30, patience_ms: 200 },
};
const WARM_UP_MS = 1_000;
/** How much longer than on a quiet server anything may take, or so long in any case. */
const TIMES_QUIET = 3;
const UNNOTICED_MS = 50;
const PROBE_MS = 150;
/** An attack that isn't ready by then is reported as such. */
const READY_MS = 20_000;

export const neighbours: Workload = {
  name: "neighbours",
  title: "neighbours: one person does the worst of each kind within the limits; what all others notice",
  sides: ["orchard"],
  once: true,
  targets: attacks.flatMap(({ name }) => [
    { figure: `${name}: of what is allowed`, at_most: 1 },
    { figure: `${name}: let down`, at_most: 0 },
  ]),
  table,
  async run(run) {
    const folder = await makeFolder();
    const { size } = sizes[run.scale];
    const land = await Land.open(folder, Math.max(size.members, ownOf(attacks.length).user(0)));
    for (const [at, { seed }] of attacks.entries()) seed?.(land, ownOf(at), size);
    land.close();
    const town = await Town.open(run, folder);
    try {
      return await town.besieged();
    } finally {
      await town.end();
    }
  },
};

/** The server, who lives there, and who attacks it. */
class Town {
  readonly #run: Run;
  readonly #folder: string;
  #subject: Subject;
  #people: People;
  readonly #attacker = new AttackerProcess();

  private constructor(run: Run, folder: string, subject: Subject, people: People) {
    this.#run = run;
    this.#folder = folder;
    this.#subject = subject;
    this.#people = people;
  }

  static async open(run: Run, folder: string): Promise<Town> {
    const subject = await start(run, folder);
    return new Town(run, folder, subject, await People.arrive(subject.origin));
  }

  async besieged(): Promise<Figures> {
    const { quiet_ms, patience_ms } = sizes[this.#run.scale];
    await this.#people.live(Math.min(WARM_UP_MS, quiet_ms), patience_ms);
    const quiet = await this.#people.live(quiet_ms, patience_ms);
    const figures = figuresOf("quiet", quiet);
    for (const [at, attack] of attacks.entries()) {
      if (this.#run.scale === "tiny" && !(attack.name in witnesses)) continue;
      Object.assign(figures, await this.#attacked(at, quiet));
    }
    return figures;
  }

  async end(): Promise<void> {
    this.#attacker.end();
    this.#people.leave();
    await this.#subject.end();
  }

  async #attacked(at: number, quiet: Noticed): Promise<Figures> {
    const { name } = attacks[at] as { name: string };
    const { size, attack_ms, patience_ms } = sizes[this.#run.scale];
    const { origin } = this.#subject;
    const begun = await this.#attacker.begin({ attack: at, origin, size });
    if (begun.said === "failed") this.#run.note(`${name} could not begin: ${begun.why}`);
    const noticed = await this.#people.live(attack_ms, patience_ms);
    const { answers, let_down } = await this.#attacker.stop();
    this.#run.note(`${name}: ${describe(answers)}`);
    await this.#recover(quiet);
    const share = Math.max(...deeds.map((deed) => p99(noticed, deed) / allowed(quiet, deed)));
    return {
      ...figuresOf(name, noticed),
      [`${name}: of what is allowed`]: share,
      [`${name}: let down`]: let_down + noticed.failed,
    };
  }

  /** What goes on after the attack isn't to be the next one's: a server that doesn't come to rest is replaced. */
  async #recover(quiet: Noticed): Promise<void> {
    const { patience_ms } = sizes[this.#run.scale];
    const after = this.#people.are_here ? await this.#people.live(PROBE_MS, patience_ms) : null;
    if (after && deeds.every((deed) => p99(after, deed) <= allowed(quiet, deed))) return;
    this.#people.leave();
    await this.#subject.kill();
    this.#subject = await start(this.#run, this.#folder);
    this.#people = await People.arrive(this.#subject.origin);
    await this.#people.live(PROBE_MS, patience_ms);
  }
}

/** With all limits as they are by default; this machine is taken for a proxy, so that each has an address of their own. */
function start(run: Run, folder: string): Promise<Subject> {
  const settings = ["ORCHARD_RATE_LIMITS=on", "ORCHARD_TRUSTED_PROXIES=127.0.0.1"];
  return startOrchard(folder, { ...run.start, settings });
}

type Ended = Extract<Report, { said: "ended" }>;

class AttackerProcess {
  readonly #process: Bun.Subprocess;
  #heard: (report: Report) => void = () => {};

  constructor() {
    this.#process = Bun.spawn([process.execPath, new URL("../neighbours/attacker.ts", import.meta.url).pathname], {
      ipc: (report: Report) => this.#heard(report),
      stdio: ["ignore", "inherit", "inherit"],
      serialization: "json",
    });
  }

  async begin(order: Order): Promise<Report> {
    const begun = this.#next();
    this.#process.send(order);
    const late = Bun.sleep(READY_MS).then((): Report => ({ said: "failed", why: "it took too long" }));
    return Promise.race([begun, late]);
  }

  async stop(): Promise<Ended> {
    for (;;) {
      const report = this.#next();
      this.#process.send("end" satisfies Order);
      const heard = await report;
      if (heard.said === "ended") return heard;
    }
  }

  end(): void {
    this.#process.kill();
  }

  #next(): Promise<Report> {
    return new Promise((resolve) => {
      this.#heard = resolve;
    });
  }
}

const p99 = ({ times_ms }: Noticed, deed: Deed) => percentile(times_ms[deed], 0.99);
const allowed = (quiet: Noticed, deed: Deed) => Math.max(TIMES_QUIET * p99(quiet, deed), UNNOTICED_MS);
const column = (name: string, deed: Deed, part: string) => `${name}: ${deed}_${part}_ms`;

function figuresOf(name: string, noticed: Noticed): Figures {
  const figures: Figures = { [column(name, "ping", "p50")]: percentile(noticed.times_ms.ping, 0.5) };
  for (const deed of deeds) figures[column(name, deed, "p99")] = p99(noticed, deed);
  return figures;
}

function describe(answers: Record<string, number>): string {
  const counts = Object.entries(answers).map(([what, count]) => `${count} ${what}`);
  return counts.length === 0 ? "nothing was answered" : `the attacker got ${counts.join(", ")}`;
}

function table(medians: Figures): string[] {
  const cells = (name: string) => [
    ...["p50", "p99"].map((part) => medians[column(name, "ping", part)]),
    ...(["send", "login", "sync"] as const).map((deed) => medians[column(name, deed, "p99")]),
  ];
  const line = (name: string, texts: readonly string[], verdict: string) =>
    `${name.padEnd(18)}${texts.map((text) => text.padStart(14)).join("")}  ${verdict}`.trimEnd();
  const heads = ["ping p50", "ping p99", "send p99", "log-in p99", "sync p99"];
  const quiet = cells("quiet").map(ms);
  const made = attacks.filter(({ name }) => medians[column(name, "ping", "p50")] !== undefined);
  const rows = made.map(({ name }) => line(name, cells(name).map(ms), verdict(medians, name)));
  return [line("", heads, ""), line("quiet", quiet, ""), ...rows];
}

const ms = (value = 0) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

function verdict(medians: Figures, name: string): string {
  const share = medians[`${name}: of what is allowed`] ?? 0;
  const let_down = medians[`${name}: let down`] ?? 0;
  const times = share > 1 ? `${share.toFixed(1)} x what is allowed` : "";
  const words = [times, let_down > 0 ? `${let_down} let down` : ""].filter((text) => text !== "");
  return words.length === 0 ? "met" : `MISSED: ${words.join(", ")}`;
}
