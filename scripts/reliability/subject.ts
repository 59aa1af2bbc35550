// A server to be put under strain, in a process of its own, and people on it. What is measured of it, it says itself.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Frame, Socket } from "../socket.ts";
import { root } from "../steps.ts";

const password = "correct horse battery staple";

/** Runs `strain` on a server of its own, prints the figures that it returns, and takes the server down. */
export async function strained(
  environment: Record<string, string>,
  strain: (url: string) => Promise<Record<string, unknown>>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "orchard-reliability-"));
  const server = Bun.spawn([process.execPath, join(root, "src/main.ts")], {
    cwd: folder,
    env: { ...process.env, ORCHARD_HOST: "127.0.0.1", ORCHARD_PORT: "0", ORCHARD_LOG: "warn", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    console.table(await strain(await originOf(server.stdout)));
  } finally {
    server.kill("SIGTERM");
    await server.exited;
    await rm(folder, { recursive: true, force: true });
  }
}

async function originOf(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stdout) {
    text += new TextDecoder().decode(chunk);
    const origin = /^listening on (\S+)\n/m.exec(text)?.[1];
    if (origin) return origin;
  }
  throw new Error("the server did not start");
}

export interface Account {
  id: number;
  name: string;
  token: string;
}

let accounts = 0;
/** A new account, logged in. */
export async function account(url: string): Promise<Account> {
  accounts += 1;
  const username = `person-${process.pid}-${accounts}`;
  const call = async (name: string): Promise<Account & { success: boolean }> => {
    const init = { method: "POST", body: JSON.stringify({ username, password }) };
    return (await (await fetch(`${url}/api/v1/user/${name}`, init)).json()) as Account & { success: boolean };
  };
  await call("register");
  return call("login");
}

/** A session of the account, past its greeting. */
export async function connect(url: string, { token }: Pick<Account, "token">): Promise<Socket> {
  const socket = new Socket(url, token);
  await socket.next("ready", ({ type }) => type === "ready");
  return socket;
}

let requests = 0;
/** Asks in the community dialect; a refusal is a fault of the script. */
export async function done(socket: Socket, type: string, data: object): Promise<Frame> {
  requests += 1;
  const reply = await socket.ask({ type, data, id: `request-${requests}` });
  if (reply["type"] !== type) throw new Error(`${type} was refused: ${JSON.stringify(reply)}`);
  return reply["data"] as Frame;
}

export interface Place {
  server_id: number;
  channel_id: number;
}

/** A new server of the owner's, with these people in it. */
export async function place(url: string, owner: Socket, people: readonly Account[]): Promise<Place> {
  const { server } = (await done(owner, "add_server", { name: "Orchard" })) as { server: { id: number } };
  const server_id = server.id;
  const { invite } = (await done(owner, "add_invite", { server_id })) as { invite: { code: string } };
  for (const one of people) {
    const socket = await connect(url, one);
    await done(socket, "join_server", { invite_code: invite.code });
    socket.close();
    await socket.closed;
  }
  const { categories } = (await done(owner, "get_server_channels", { server_id })) as {
    categories: { channels: { id: number }[] }[];
  };
  return { server_id, channel_id: categories[0]?.channels[0]?.id ?? 0 };
}
