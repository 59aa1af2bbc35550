// What NATS says of itself to whoever connects, before anything is agreed on: asked for where a connection failed, since
// who is refused for the want of a certificate isn't told so.

import { hostAndPort } from "../host-and-port.ts";

const PATIENCE_MS = 1_000;
/** Where an address names no port. */
export const NATS_PORT = 4222;

export interface Greeting {
  /** Whoever answers doesn't speak as NATS does. */
  is_other?: boolean;
  /** It takes nobody without a certificate that it trusts. */
  tls_verify?: boolean;
  /** It speaks TLS with everybody, or with who wants it. */
  tls_required?: boolean;
  tls_available?: boolean;
}

/** Null where nobody takes the connection. */
export async function greetingOf(server: string): Promise<Greeting | null> {
  const heard = Promise.withResolvers<string>();
  let text = "";
  const socket = await Bun.connect({
    ...hostAndPort(server, NATS_PORT),
    socket: {
      data(_socket, bytes) {
        text += bytes.toString();
        if (text.includes("\n")) heard.resolve(text);
      },
      close: () => heard.resolve(text),
    },
  }).catch(() => null);
  if (!socket) return null;
  const late = setTimeout(() => heard.resolve(text), PATIENCE_MS);
  const [, info] = /^INFO (\{.*\})/.exec(await heard.promise) ?? [];
  clearTimeout(late);
  socket.end();
  try {
    return JSON.parse(info ?? "");
  } catch {
    return { is_other: true };
  }
}
