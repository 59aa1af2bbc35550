// Web Push as it is put together: what was said is gathered, waits in the database, and is sent. Where nobody has
// subscribed nothing of it is done, and a message costs one look at a flag.

import { performed } from "../../db/engine/write.ts";
import type { Store } from "../../db/store.ts";
import type { Duty } from "../../db/upkeep/duty.ts";
import { type Rounds, startRounds } from "../../db/upkeep/rounds.ts";
import { type IdGenerator, nodeOfId } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import type { Log } from "../../telemetry/log.ts";
import type { MailSettings } from "../mail/settings.ts";
import { createDial, type Handed } from "./dialling.ts";
import { Gathering, type GatheringDependencies, type SaidMessage } from "./gathering.ts";
import { keptKeys } from "./keys.ts";
import { Recovery } from "./recovery.ts";
import { Sending, type SendingDependencies } from "./sending.ts";

export interface PushSettings {
  presence_grace_ms: number;
  public_url: string | null;
  smtp: Pick<MailSettings, "from"> | null;
  push_allow_private: boolean;
  push_gathering_ms: number;
}

export type PushServices = Pick<GatheringDependencies, "actors" | "clock" | "onFault"> &
  Pick<SendingDependencies, "slices"> & {
    store: Store;
    /** Whose it is to forget what was told long ago; each sends of what waits what it takes. */
    duty: Duty;
    log: Log;
    ids: Pick<IdGenerator, "next">;
    /** There are other nodes. */
    is_shared: boolean;
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

/** So many grace times after a start all are there who come back. */
const RETURNING = 3;

export interface Pushes {
  door: PushDoor;
  said(message: SaidMessage): void;
  /** The work of the background. */
  rounds: Rounds[];
  /** Comes while those are known who sit before something, and ends when all that is to be sent waits in the database. */
  stop(): Promise<void>;
}

export async function openPushes(settings: PushSettings, services: PushServices): Promise<Pushes> {
  const { store, duty, clock, log, onPush, onFault } = services;
  const { perform } = store.writer;
  const [keys, anybody] = await Promise.all([keptKeys(store), knowingOfAnybody(store)]);
  const allow_private = settings.push_allow_private;
  const dial = createDial({ keys, subject: subjectOf(settings), allow_private, clock });
  const sending = new Sending({ ...services, perform, dial, onHanded: onPush });
  let quiet_until = 0;
  const gathering = new Gathering({
    ...{ ...services, perform, onAdded: () => sending.wake(), pause_ms: settings.push_gathering_ms },
    isAnybodyThere: () => anybody.mayBeThere(),
    onLeftOut: (count) => {
      onPush("left_out", count);
      if (clock() < quiet_until) return;
      quiet_until = clock() + limits.push_interval_ms;
      log.warn("too much waits to be pushed: some is left out");
    },
  });
  const node = services.is_shared ? nodeOfId(services.ids.next()) : null;
  const recovery = new Recovery({ store, perform, clock, node, waitingFrom: () => gathering.waitingFrom });
  if (anybody.is_there) await recovery.begin();
  let have_returned = false;
  const recover = async () => {
    have_returned = true;
    for (const range of await recovery.left()) gathering.left(range);
  };
  // Those who sat before a session then have come back to one, or sit before none.
  const recovering = setTimeout(() => void recover().catch(onFault), RETURNING * settings.presence_grace_ms).unref();
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
    if (!anybody.is_there) return;
    sending.wake();
    // Where it failed, again.
    if (have_returned) await recover();
    await recovery.note();
  };
  const rounds = { closing_ms: limits.purge_closing_ms, onFault };
  return {
    door: {
      ...{ public_key: keys.public_key, allow_private },
      onSubscribed() {
        anybody.came();
        recovery.came();
        void recovery.note().catch(onFault);
      },
    },
    said: (message) => {
      // At another node somebody may have just subscribed: of several it is looked up together with what was said.
      if (!anybody.is_there && node === null) return;
      recovery.said(message.id);
      gathering.said(message);
    },
    rounds: [
      startRounds(purge, { ...rounds, every_ms: limits.push_purge_ms, duty }),
      startRounds(look, { ...rounds, every_ms: limits.push_look_ms }),
    ],
    async stop() {
      clearTimeout(recovering);
      await gathering.stop(limits.push_closing_ms);
      await recovery.end().catch(onFault);
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
    /** Looked up where nobody is known; never rejects. */
    async mayBeThere(): Promise<boolean> {
      if (known.is_there) return true;
      return known.lookAgain().then(
        () => known.is_there,
        () => true,
      );
    },
  };
  return known;
}

/** Push services want to know whom to turn to, and refuse what is no address. */
function subjectOf({ public_url, smtp }: PushSettings): string {
  if (public_url?.startsWith("https:")) return public_url;
  return `mailto:${smtp?.from ?? "operator@orchard.invalid"}`;
}
