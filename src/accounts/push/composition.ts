// Web Push as it is put together: what was said is gathered, waits in the database, and is sent. Where nobody has
// subscribed nothing of it is done, and a message costs one look at a flag.

import { performed } from "../../db/engine/write.ts";
import type { Store } from "../../db/store.ts";
import { type Rounds, startRounds } from "../../db/upkeep/rounds.ts";
import { limits } from "../../domain/limits.ts";
import type { Log } from "../../telemetry/log.ts";
import type { MailSettings } from "../mail/settings.ts";
import { createDial, type Handed } from "./dialling.ts";
import { Gathering, type GatheringDependencies, type SaidMessage } from "./gathering.ts";
import { keptKeys } from "./keys.ts";
import { Sending, type SendingDependencies } from "./sending.ts";

export interface PushSettings {
  public_url: string | null;
  smtp: Pick<MailSettings, "from"> | null;
  push_allow_private: boolean;
}

export type PushServices = Pick<GatheringDependencies, "actors" | "clock" | "onFault"> &
  Pick<SendingDependencies, "slices"> & {
    store: Store;
    log: Log;
    /** Counts what became of pushes. */
    onPush(outcome: Handed["state"] | "left_out", count?: number): void;
  };

/** What the calls need of it. */
export interface PushDoor {
  public_key: string;
  allow_private: boolean;
  /** There is somebody to tell from now on. */
  onSubscribed(): void;
}

export interface Pushes {
  door: PushDoor;
  said(message: SaidMessage): void;
  /** The work of the background. */
  rounds: Rounds[];
  /** Comes while those are known who sit before something, and ends when all that is to be sent waits in the database. */
  stop(): Promise<void>;
}

export async function openPushes(settings: PushSettings, services: PushServices): Promise<Pushes> {
  const { store, clock, log, onPush, onFault } = services;
  const { perform } = store.writer;
  const keys = await keptKeys(store);
  const allow_private = settings.push_allow_private;
  const dial = createDial({ keys, subject: subjectOf(settings), allow_private, clock });
  const sending = new Sending({ ...services, perform, dial, onHanded: onPush });
  let quiet_until = 0;
  const gathering = new Gathering({
    ...{ ...services, perform, onAdded: () => sending.wake() },
    onLeftOut: (count) => {
      onPush("left_out", count);
      if (clock() < quiet_until) return;
      quiet_until = clock() + limits.push_interval_ms;
      log.warn("too much waits to be pushed: some is left out");
    },
  });
  const anybody = await knowingOfAnybody(store);
  const purge = async (isStopping: () => boolean) => {
    const [before, limit] = [clock() - limits.push_ttl_s * 1000, limits.push_purge_slice];
    let purged: number = limit;
    while (purged === limit && !isStopping()) {
      purged = await performed(perform, store.pushNotices.purge({ before, limit }));
    }
  };
  // Another node may have been subscribed at, or have left with something waiting.
  const look = async () => {
    await anybody.lookAgain();
    if (anybody.is_there) sending.wake();
  };
  const rounds = { closing_ms: limits.purge_closing_ms, onFault };
  return {
    door: { public_key: keys.public_key, allow_private, onSubscribed: anybody.came },
    said: (message) => {
      if (anybody.is_there) gathering.said(message);
    },
    rounds: [
      startRounds(purge, { ...rounds, every_ms: limits.push_purge_ms }),
      startRounds(look, { ...rounds, every_ms: limits.push_look_ms }),
    ],
    async stop() {
      await gathering.stop(limits.push_closing_ms);
      await sending.stop(limits.push_closing_ms);
    },
  };
}

/** Whether anybody has subscribed: certain when it says no, and true for some time after the last has gone. */
async function knowingOfAnybody({ pushSubscriptions }: Pick<Store, "pushSubscriptions">) {
  let arrivals = 0;
  const known = {
    is_there: await pushSubscriptions.areThereAny(),
    came() {
      arrivals += 1;
      known.is_there = true;
    },
    async lookAgain() {
      const before = arrivals;
      const is_there = await pushSubscriptions.areThereAny();
      if (before === arrivals) known.is_there = is_there;
    },
  };
  return known;
}

/** Push services want to know whom to turn to, and refuse what is no address. */
function subjectOf({ public_url, smtp }: PushSettings): string {
  if (public_url?.startsWith("https:")) return public_url;
  return `mailto:${smtp?.from ?? "operator@orchard.invalid"}`;
}
