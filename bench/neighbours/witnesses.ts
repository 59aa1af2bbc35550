// Those whom an attack may let down otherwise than by keeping them waiting: who is cut off, refused or locked out by what
// somebody else does. Each arrives before it, and says afterwards how many were let down.

import { limits } from "../../src/domain/limits.ts";
import { serverId, tokenOf } from "../seed.ts";
import { imageOf } from "./doors.ts";
import { OWNER_OF_A_NAME, type Own, PASSWORD } from "./land.ts";
import { logIn, openAs } from "./people.ts";
import { HIDDEN_FROM } from "./rooms.ts";

/** How many were let down. */
export type Testimony = () => Promise<number>;

export type Witness = (origin: string, own: Own) => Promise<Testimony>;

const from = (at: number) => `192.0.2.${at}`;
const UPLOADERS = 5;
const UPLOAD_BYTES = 64 * 1024;

/** By the attack's name. */
export const witnesses: Readonly<Record<string, Witness>> = {
  /** Members of the server whose category comes and goes: who is cut off? */
  async "category-shown"(origin, own) {
    const members = Array.from({ length: HIDDEN_FROM }, (_, at) => own.user(at + 1));
    const sockets = await Promise.all(members.map((user, at) => openAs(origin, user, from(at + 1))));
    await Promise.all(
      sockets.map((socket) => socket.demand("subscribe", { topics: [`server:${serverId(own.server)}`] })),
    );
    return async () => {
      const cut_off = sockets.filter(({ closed }) => closed).length;
      for (const socket of sockets) socket.drop();
      return cut_off;
    };
  },

  /** Others' uploads: are they taken? */
  async uploads(origin) {
    return async () => {
      const uploaders = Array.from({ length: UPLOADERS }, (_, at) => at + 1);
      const statuses = await Promise.all(uploaders.map((user) => upload(origin, user)));
      return statuses.filter((status) => status !== 201).length;
    };
  },

  /** Whose password is tried: do they still log in, and change it? */
  async "wrong-passwords"(origin) {
    return async () => {
      const login = await logIn(origin, OWNER_OF_A_NAME);
      const change = await changePassword(origin, OWNER_OF_A_NAME);
      return [login, change].filter((status) => status !== 200).length;
    };
  },

  /** The owner of the server: do they still make an invite? */
  async invites(origin, own) {
    const socket = await openAs(origin, own.user(0), from(1));
    return async () => {
      const reply = await socket.ask("add_invite", { server_id: serverId(own.server) });
      socket.drop();
      return reply["type"] === "error" ? 1 : 0;
    };
  },
};

async function upload(origin: string, user: number): Promise<number> {
  return statusOf(`${origin}/api/v1/uploads`, await bearer(user), imageOf(UPLOAD_BYTES));
}

/** Stays what it was. */
async function changePassword(origin: string, user: number): Promise<number> {
  const body = JSON.stringify({ password: PASSWORD, new_password: PASSWORD });
  return statusOf(`${origin}/api/v1/user/password`, await bearer(user), body);
}

const bearer = async (user: number) => ({
  authorization: `Bearer ${await tokenOf(user)}`,
  "x-forwarded-for": from(user),
});

async function statusOf(
  url: string,
  headers: Record<string, string>,
  body: NonNullable<RequestInit["body"]>,
): Promise<number> {
  try {
    const signal = AbortSignal.timeout(limits.request_deadline_ms);
    const response = await fetch(url, { method: "POST", headers, body, signal });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
