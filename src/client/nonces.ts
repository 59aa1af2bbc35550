// What makes something, and the nonces under which it is asked for: however often that is, it is made once. Here are
// no sockets and no clocks.

import type { MessageType, Request } from "./contract.ts";

/** What may have a nonce in its request, by the protocol. */
export type NonceType = { [N in MessageType]: "nonce" extends keyof Request<N> ? N : never }[MessageType];

/** The compiler wants each of them here, and no other. */
const nonce_types: Record<NonceType, true> = {
  add_server: true,
  add_invite: true,
  add_category: true,
  add_channel: true,
  add_role: true,
  add_webhook: true,
  add_message: true,
  open_conversation: true,
};

export const takesNonce = (type: MessageType) => Object.hasOwn(nonce_types, type);

/** The parameters, with a new nonce where one may be and none is. */
export function withNonce(type: MessageType, parameters: object): object {
  if (!takesNonce(type)) return parameters;
  const { nonce } = parameters as Partial<Request<NonceType>>;
  return { ...parameters, nonce: nonce ?? newNonce() };
}

/** Enough chance that no two are ever alike. */
const NONCE_BYTES = 16;

export function newNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
