// Whose address a request comes from. Behind proxies that the operator trusts it is the nearest hop in
// `X-Forwarded-For` that isn't one of them; what anybody else writes there counts for nothing.

import { BlockList, isIP, isIPv4 } from "node:net";
import type { Asking } from "./http.ts";

/** Who asks, as a key: an IPv4 address, or the /64 of an IPv6 address, which is one customer's. */
export type ClientKey = (asking: Asking) => string;

export interface Network {
  address: string;
  prefix: number;
  family: "ipv4" | "ipv6";
}

/** An address, or a network such as `10.0.0.0/8`; null when it is neither. */
export function parseNetwork(text: string): Network | null {
  const [address = "", prefix, ...more] = text.split("/");
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  if (version === 0 || more.length > 0 || address.includes("%")) return null;
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)) return null;
  return { address, prefix: Number(prefix ?? bits), family: version === 4 ? "ipv4" : "ipv6" };
}

/** `trusted`: the proxies' addresses and networks. Of each request it is found out once, however many want to know. */
export function createClientKey(trusted: readonly Network[]): ClientKey {
  const keyFrom = createPeerKey(trusted);
  const known = new WeakMap<Request, string>();
  return ({ request, server }) => {
    const found = known.get(request);
    if (found !== undefined) return found;
    const key = keyFrom(request, server?.requestIP(request)?.address);
    known.set(request, key);
    return key;
  };
}

/** The key of whoever sent the request over a connection from `peer`. */
export function createPeerKey(
  trusted: readonly Network[],
): (request: Request, peer: string | null | undefined) => string {
  const proxies = new BlockList();
  for (const { address, prefix, family } of trusted) proxies.addSubnet(address, prefix, family);
  const isProxy = (address: string) => proxies.check(address, isIPv4(address) ? "ipv4" : "ipv6");
  return (request, peer) => {
    let client = plainAddress(peer ?? "");
    if (client === null) return "";
    if (trusted.length === 0 || !isProxy(client)) return keyOf(client);
    for (const hop of (request.headers.get("x-forwarded-for") ?? "").split(",").reverse()) {
      const before = plainAddress(withoutPort(hop.trim()));
      // A proxy that doesn't know whom it speaks for speaks for itself.
      if (before === null) break;
      client = before;
      if (!isProxy(client)) break;
    }
    return keyOf(client);
  };
}

/** Some proxies write the port too. */
function withoutPort(hop: string): string {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(hop) ?? [];
  const [, dotted] = /^([\d.]+):\d+$/.exec(hop) ?? [];
  return bracketed ?? dotted ?? hop;
}

/** Without a zone, and an IPv4 address as such even where it came as IPv6; null when it is no address. */
function plainAddress(text: string): string | null {
  const [address = ""] = text.split("%");
  if (isIP(address) === 0) return null;
  return isIPv4(address) ? address : (embedded(groupsOf(address)) ?? address);
}

/** The IPv4 address in `::ffff:1.2.3.4`. */
function embedded(groups: readonly number[]): string | null {
  if (groups.slice(0, 5).some((group) => group !== 0) || groups[5] !== 0xffff) return null;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join(".");
}

function keyOf(address: string): string {
  if (isIPv4(address)) return address;
  const network = groupsOf(address).slice(0, 4);
  return `${network.map((group) => group.toString(16)).join(":")}::/64`;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  // A URL has it in its one canonical form.
  const [left = [], right = []] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split("::")
    .map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}
