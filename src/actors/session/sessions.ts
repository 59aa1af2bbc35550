// What all sessions share: it is made once, and every session of it. Must not know a single one of them.

import type { Store } from "../../db/store.ts";
import type { Rounds } from "../../db/upkeep/rounds.ts";
import { announcedLimits, type Rates } from "../../domain/limits.ts";
import { readyEncoder } from "../../protocol/pushes.ts";
import type { Log } from "../../telemetry/log.ts";
import type { SessionId } from "../delivery/gateway.ts";
import type { Actor } from "../kernel/actor.ts";
import { Later } from "../kernel/later.ts";
import { type SessionDependencies, sessionActor } from "./actor.ts";
import type { SessionCalls } from "./calls.ts";
import { Expiries, startExpiry } from "./expiries.ts";
import { type HandlerDependencies, sessionHandlers } from "./handlers/index.ts";
import { LoginCheck } from "./login-check.ts";
import { createRoomDirectory } from "./room-directory.ts";

type Shared = "handlers" | "directory" | "expiries" | "greeting" | "store" | "rates";

export type SessionsDependencies = Omit<SessionDependencies & HandlerDependencies, Shared> & {
  store: Store;
  rates: Rates;
  log: Log;
};

export interface Sessions {
  /** The actor of one connection. */
  create(id: SessionId): Actor<SessionCalls>;
  /** Closes them when their token expires. */
  expiry: Rounds;
  /** The log-ins of all that are open. */
  logins(): Iterable<number>;
  /** Run when it may not have come here that some of them are no longer good. */
  login_check: Rounds;
}

export function createSessions(services: SessionsDependencies): Sessions {
  const { actors, store, bounds, rates, clock } = services;
  const directory = createRoomDirectory(store);
  const expiries = new Expiries(actors);
  const on: SessionDependencies = {
    ...services,
    directory,
    expiries,
    handlers: sessionHandlers({ ...services, directory }),
    greeting: readyEncoder({ epoch: services.epoch, protocol: 1, limits: announcedLimits(bounds, rates) }),
  };
  return {
    create: (id) => sessionActor(id, on),
    expiry: startExpiry(expiries, services),
    logins: () => expiries.logins(),
    login_check: new LoginCheck({
      ...{ expiries, later: new Later() },
      goodLogins: (ids) => store.manyPeople.goodLogins(ids, clock()),
    }),
  };
}
