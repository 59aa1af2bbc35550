// A person of a simulation, or a bot of one: their account and their devices, and how they ask: again where it is not
// known what became of it, with the same nonce, until they are told or give up.

import type { Frame } from "../harness/client.ts";
import type { Random } from "../harness/random.ts";
import { CLOSED, Device, type DeviceParts } from "./device.ts";
import type { Fate } from "./ledger.ts";

/** How the account stands: `ending` when its end was asked for and may have been done. */
export type Account = "living" | "ending" | "ended";

export interface Told {
  /** The last answer. */
  reply: Frame;
  fate: Fate;
  /** It was asked once: where it was asked again, the first may be done later than the second is answered. */
  once: boolean;
}

/** Of a bot: whose it is, and the token by which it is known. */
export interface Owned {
  owner_id: number;
  token: string;
}

const USUAL_PAUSE_MS = 400;
/** Nobody asks more often, and nobody waits longer for the server. */
const MOST_TIMES = 40;

export class Person {
  readonly id: number;
  readonly name: string;
  /** Those that the account may have now, the likeliest first. */
  login_names: string[];
  /** The same of passwords. */
  passwords: string[];
  isChangingPassword = false;
  account: Account = "living";
  readonly devices: Device[] = [];
  /** Null for who is no bot. */
  readonly owned: Owned | null;
  readonly #on: DeviceParts;
  readonly #random: Random;
  #logins = 0;

  constructor(id: number, name: string, password: string, random: Random, on: DeviceParts, owned: Owned | null = null) {
    this.id = id;
    this.name = name;
    this.login_names = [name];
    this.passwords = [password];
    this.owned = owned;
    this.#random = random;
    this.#on = on;
  }

  get current(): Device[] {
    return this.devices.filter(({ isCurrent }) => isCurrent);
  }

  /** Logs another device in and connects it; null where that is refused. */
  async logIn(): Promise<Device | null> {
    const token = await this.token();
    return token === null ? null : this.#openNew(token);
  }

  /** A new login; null where the name or the password is wrong. */
  async token(): Promise<string | null> {
    if (this.owned) return this.owned.token;
    for (let times = 0; times < MOST_TIMES; times += 1) {
      let wrong = 0;
      const pairs = this.login_names.flatMap((username) => this.passwords.map((password) => ({ username, password })));
      for (const pair of pairs) {
        const outcome = await this.#on.house.call("login", pair, null);
        if (outcome !== "lost" && outcome.ok) return (outcome.value as { token: string }).token;
        if (outcome !== "lost" && outcome.error.code !== "unavailable") wrong += 1;
      }
      if (wrong === pairs.length) return null;
      await this.#on.time.sleep(USUAL_PAUSE_MS);
    }
    return null;
  }

  async #openNew(token: string): Promise<Device> {
    this.#logins += 1;
    const device = new Device(`${this.name}/${this.#logins}`, this.id, token, this.#on);
    this.devices.push(device);
    device.onClosed = () => this.#on.time.after(USUAL_PAUSE_MS * this.#random.next(), () => void this.reopen(device));
    await this.reopen(device);
    return device;
  }

  /** Connects again and again, until it is up to date or its token is no good; false for that. */
  async reopen(device: Device): Promise<boolean> {
    if (device.isOpen || device.isBeingOpened) return device.isOpen;
    device.isBeingOpened = true;
    let isCurrent = false;
    for (let times = 0; times < MOST_TIMES && !device.isLoggedOut && !device.isLaidAside && !isCurrent; times += 1) {
      isCurrent = await device.open();
      if (!isCurrent) await this.#on.time.sleep(USUAL_PAUSE_MS * (0.5 + this.#random.next()));
    }
    device.isBeingOpened = false;
    return isCurrent;
  }

  /** Asks until there is an answer that says how it stands; with another device where the first one is gone. */
  async ask(device: Device, request: Frame, gives_up = false): Promise<Told> {
    let isFirst = true;
    for (let times = 0; times < MOST_TIMES; times += 1) {
      const by = device.isCurrent ? device : isLoad(request) ? undefined : this.current[0];
      const reply = by ? await by.send(request) : CLOSED;
      const isKnown = reply !== CLOSED && reply["code"] !== "unavailable" && reply["code"] !== "internal";
      if (isKnown)
        return { reply, fate: isRefused(reply) ? (isFirst ? "refused" : "unknown") : "acknowledged", once: isFirst };
      // Where nothing was sent, nothing was done.
      if (by) isFirst = false;
      if (gives_up || this.devices.every(({ isLoggedOut }) => isLoggedOut)) break;
      await this.#on.time.sleep(USUAL_PAUSE_MS * (0.25 + this.#random.next()));
    }
    return { reply: CLOSED, fate: isFirst ? "refused" : "unknown", once: isFirst };
  }
}

/** What one device loads is of no use to another. */
const isLoad = ({ type }: Frame) => /^(get|search|unsubscribe)/.test(type);
const isRefused = (reply: Frame) => reply["type"] === "error";
