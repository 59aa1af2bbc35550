// Where a push may be sent: to push services on the internet, and into nobody's own network. A host is judged by its name
// when it is given, and by the addresses that the name has each time it is dialled.

import ipaddr from "ipaddr.js";

/** Why nothing may be sent there, as a sentence for a person; null where it may. */
export function endpointFault(endpoint: string, allow_private: boolean): string | null {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (!url) return "This is no URL.";
  if (url.username !== "" || url.password !== "" || url.hash !== "") return "An endpoint has no name or password.";
  if (allow_private && isLoopbackHost(url)) return schemes.has(url.protocol) ? null : "An endpoint is an https: URL.";
  if (url.protocol !== "https:") return "An endpoint is an https: URL.";
  return isPublicHost(hostOf(url)) ? null : "An endpoint leads out of private networks.";
}

const schemes: ReadonlySet<string> = new Set(["http:", "https:"]);

/** Without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");

/** Whether one may connect to this address. */
export function mayDial(address: string, allow_private: boolean): boolean {
  if (!ipaddr.isValid(address)) return false;
  const judged = ipaddr.process(address);
  const range = judged.range();
  // Of IPv6, what is given out to the internet is one eighth: the rest may be anybody's own, or lead to their IPv4.
  const is_global = judged.kind() === "ipv4" || judged.match(global_unicast);
  return (range === "unicast" && is_global) || (allow_private && range === "loopback");
}

const global_unicast = ipaddr.IPv6.parseCIDR("2000::/3");

/** The host is this machine, by its address or by the name that is reserved for it. */
export function isLoopbackHost(url: URL): boolean {
  const host = hostOf(url);
  if (ipaddr.isValid(host)) return ipaddr.process(host).range() === "loopback";
  return host === "localhost" || host.endsWith(".localhost");
}

/** Names without a dot, and below these, are of one's own network. */
const OWN = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|home\.arpa)$/;

function isPublicHost(host: string): boolean {
  if (ipaddr.isValid(host)) return mayDial(host, false);
  return host.includes(".") && !OWN.test(host);
}
