// What stands between a driver and its database server in a test: it keeps a request back, loses an answer, or answers
// itself. What was kept back goes on when it is let, whether or not anybody still waits for its answer.

type Passing = (request: GatedRequest) => Promise<Response>;

interface GatedRequest {
  /** Of the connection that it is for; null for a new one. */
  baton: string | null;
  /** The requests of the protocol, of which a batch is one. */
  requests: { type: string; batch?: { steps: Step[] } }[];
  /** Sends it to the server, or others in its place. */
  send(requests?: GatedRequest["requests"]): Promise<Response>;
}

interface Step {
  stmt: { sql?: string };
  condition?: unknown;
}

export interface HeldRequest {
  /** Settles when it is there. */
  reached: Promise<void>;
  /** Sends it on; what the server answers. */
  release(): Promise<string>;
}

export interface Gate {
  /** Where the driver finds it. */
  url: string;
  /** What the next requests meet with, one each, in this order; after them all pass again. */
  next(...passings: Passing[]): void;
  /** What was to meet the next requests is given up. */
  forget(): void;
  /** Keeps the next request back. */
  hold(): HeldRequest;
  /** Settles when so many connections have been ended by requests that do nothing else. */
  ended(connections: number): Promise<void>;
  stop(): Promise<void>;
}

export function openGate(target: string): Gate {
  const passings: Passing[] = [];
  let farewells = 0;
  let onFarewell = () => {};
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const body = await request.text();
      const path = new URL(request.url).pathname.slice(1);
      const send = async (others?: GatedRequest["requests"]) => {
        const headers = { "content-type": "application/json" };
        const sent = others ? JSON.stringify({ ...JSON.parse(body), requests: others }) : body;
        const answer = await fetch(target.replace(/\/?$/, "/") + path, { method: request.method, headers, body: sent });
        return new Response(await answer.text(), { status: answer.status, headers });
      };
      const { baton, requests }: Pick<GatedRequest, "baton" | "requests"> =
        body === "" ? { baton: null, requests: [] } : JSON.parse(body);
      // What does nothing but end a connection is sent by the way.
      const is_farewell = requests.length > 0 && requests.every(({ type }) => type === "close");
      if (is_farewell) farewells += 1;
      if (is_farewell) onFarewell();
      const passing = is_farewell ? passes : (passings.shift() ?? passes);
      return passing({ baton: baton ?? null, requests, send });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    next: (...more) => void passings.push(...more),
    forget: () => void passings.splice(0),
    hold() {
      const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const answered = Promise.withResolvers<string>();
      passings.push(async ({ send }) => {
        reached.resolve();
        await released.promise;
        const answer = await send();
        answered.resolve(await answer.clone().text());
        return answer;
      });
      return {
        reached: reached.promise,
        release() {
          released.resolve();
          return answered.promise;
        },
      };
    },
    ended: (connections) =>
      new Promise((resolve) => {
        onFarewell = () => {
          if (farewells >= connections) resolve();
        };
        onFarewell();
      }),
    stop: () => server.stop(true),
  };
}

export const passes: Passing = ({ send }) => send();

/** The server does it, and its answer is lost. */
export const loses: Passing = async ({ send }) => {
  await send();
  return new Response("", { status: 502 });
};

export const tooMany: Passing = async () => new Response("", { status: 429 });

/** As a server answers over a connection that it has ended for its idleness. */
export const expired: Passing = async () => {
  const told = { message: "The stream has expired due to inactivity", code: "STREAM_EXPIRED" };
  return new Response(JSON.stringify(told), { status: 400, headers: { "content-type": "application/json" } });
};

/** As one answers that was started anew since the connection began. */
export const unheardOf: Passing = async () =>
  new Response("Received an invalid baton", { status: 400, headers: { "content-type": "text/plain" } });

/** As a server answers whose write lock was not to be had. */
export const busy: Passing = async ({ requests }) =>
  Response.json({ baton: null, base_url: null, results: requests.map(busyAnswer) });

function busyAnswer({ type, batch }: GatedRequest["requests"][number]) {
  if (!batch) return { type: "ok", response: { type } };
  const step_errors = batch.steps.map((_, index) =>
    index === 0 ? { message: "SQLite error: database is locked", code: "SQLITE_BUSY" } : null,
  );
  return { type: "ok", response: { type, result: { step_results: batch.steps.map(() => null), step_errors } } };
}

/** The server leaves out the commit, and says so. */
export const leavesOutCommit: Passing = ({ requests, send }) => send(requests.map(withoutCommit));

function withoutCommit({ batch, ...request }: GatedRequest["requests"][number]) {
  if (!batch) return request;
  const never = { type: "not", cond: { type: "ok", step: 0 } };
  const steps = batch.steps.map((step) => (step.stmt.sql === "COMMIT" ? { ...step, condition: never } : step));
  return { ...request, batch: { steps } };
}

/** The server does it all, and its answer ends before what it says of the last `missing` steps. */
export const cutsOff =
  (missing: number): Passing =>
  async ({ send }) => {
    const answer = (await (await send()).json()) as { results: { response?: { result?: BatchResult } }[] };
    for (const { response } of answer.results) {
      response?.result?.step_results?.splice(-missing);
      response?.result?.step_errors?.splice(-missing);
    }
    return Response.json(answer);
  };

interface BatchResult {
  step_results?: unknown[];
  step_errors?: unknown[];
}
