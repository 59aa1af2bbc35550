// One user with five hundred friends, all online, hides and shows again: what it costs to tell one of them.

import { type BareProgram, makeFolder, startBeside, startOrchard } from "../process.ts";
import { authQueries, seeder } from "../seed.ts";
import { type LoadSocket, openAll } from "../socket.ts";
import { watch } from "../watch.ts";
import { type Figures, lag_target, type Run, type Workload } from "../workload.ts";

const sizes = {
  full: { friends: 500, warm_up: 20, toggles: 50 },
  quick: { friends: 200, warm_up: 10, toggles: 20 },
  tiny: { friends: 5, warm_up: 2, toggles: 4 },
} as const;

export const presence: Workload = {
  name: "presence",
  title: "presence: one user with 500 online friends toggles 50 times, one after another",
  sides: ["bare", "orchard"],
  beside: true,
  targets: [{ figure: "cpu_per_delivery_us", at_most_times_bare: 1.25 }, lag_target],
  run: (run) => toggleFor(run, "topics"),
};

/** What of the above is the price of keeping a status before anybody is told of it. */
export const presenceDurable: Workload = {
  name: "presence-durable",
  title: "presence, where the bare side commits before it tells, too",
  sides: ["bare", "orchard"],
  targets: [{ figure: "cpu_per_delivery_us", at_most_times_bare: 1.25 }],
  run: (run) => toggleFor(run, "status"),
};

async function toggleFor(run: Run, bare_program: BareProgram): Promise<Figures> {
  const { friends, warm_up, toggles } = sizes[run.scale];
  const subject = await start(run, friends + 1, bare_program);
  const queries = run.side === "orchard" ? await authQueries(friends + 1) : topicQueries(friends);
  // The one with the friends first, and its list of them read, so that what the friends get later is all of it.
  const [first, ...others] = queries as [string, ...string[]];
  const [user] = (await openAll(subject.origin, [first])) as [LoadSocket];
  const sockets = await openAll(subject.origin, others);
  try {
    await Promise.all(sockets.map(settle));
    await toggle(user, sockets, warm_up);
    const stop = await watch(subject);
    const deliveries = await toggle(user, sockets, toggles);
    const { wall_ms, server_cpu_ms, ...shares } = await stop();
    return {
      cpu_per_delivery_us: (server_cpu_ms * 1000) / deliveries,
      toggle_ms: wall_ms / toggles,
      deliveries,
      ...shares,
    };
  } finally {
    for (const socket of [user, ...sockets]) socket.drop();
    await subject.end();
  }
}

async function start({ side, start }: Run, users: number, bare_program: BareProgram) {
  const folder = await makeFolder();
  if (side !== "orchard") return startBeside(folder, side, bare_program);
  const seed = await seeder(folder);
  seed.users(users);
  seed.friendsOfFirst(users);
  seed.close();
  return startOrchard(folder, start);
}

function topicQueries(friends: number): string[] {
  return ["", ...Array.from({ length: friends }, () => "topics=friends:1")];
}

/** Everything sent to it before has come: whatever is asked is answered after it. */
async function settle(socket: LoadSocket): Promise<void> {
  await socket.ask("ping", {});
}

/** How many frames came of so many toggles, each told to all before the next. */
async function toggle(user: LoadSocket, friends: readonly LoadSocket[], times: number): Promise<number> {
  let deliveries = 0;
  for (let at = 0; at < times; at += 1) {
    const status = at % 2 === 0 ? "invisible" : "online";
    // To come is told by two frames, to go by one.
    const frames_each = status === "online" ? 2 : 1;
    const all = received(friends, frames_each);
    await user.demand("update_user", { changes: { status } });
    deliveries += await all;
  }
  return deliveries;
}

function received(sockets: readonly LoadSocket[], frames_each: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let missing = sockets.length * frames_each;
  const wanted = missing;
  for (const socket of sockets) {
    socket.onEvent = () => {
      missing -= 1;
      if (missing === 0) resolve(wanted);
    };
  }
  return promise;
}
