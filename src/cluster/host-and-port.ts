/** An address of IPv4 is the same at an end that takes both. */
export const plainAddress = (address: string) => address.toLowerCase().replace(/^::ffff:/, "");

/** What is connected to by `scheme://host:port`; the host may be an address of IPv6 in brackets. */
export function hostAndPort(url: string, standing_port = 0): { hostname: string; port: number } {
  // Of a scheme that isn't the web's, no port stands for none.
  const { hostname, port } = new URL(url);
  return { hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port || standing_port) };
}
