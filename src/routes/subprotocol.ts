// The socket's subprotocols. A page can set no header and had better not write its token into an address, which browsers
// print: so it offers `orchard` and, beside it, `auth.<token>`. An offered token is never answered with.

const OURS = "orchard";
const TOKEN = "auth.";

/** What an upgrade's `Sec-WebSocket-Protocol` says. */
export interface Offer {
  /** What it is answered with; empty for nothing, null for what is answered where nothing is said. */
  answer: string | null;
  /** Null where none is offered; of several, none is good. */
  token: string | null;
}

export function readOffer(header: string | null): Offer {
  const offered = (header ?? "").split(",").map((one) => one.trim());
  if (!offered.includes(OURS)) return { answer: offered[0]?.startsWith(TOKEN) ? "" : null, token: null };
  const [token, ...more] = offered.filter((one) => one.startsWith(TOKEN)).map((one) => one.slice(TOKEN.length));
  return { answer: OURS, token: more.length > 0 ? "" : (token ?? null) };
}
