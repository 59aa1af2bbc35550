import { describe, expect, test } from "bun:test";
import { createClientKey, createPeerKey, type Network, parseNetwork } from "../../src/routes/client-address.ts";

const networks = (...texts: string[]) => texts.map((text) => parseNetwork(text) as Network);
const trusting = createPeerKey(networks("10.0.0.0/8", "192.0.2.1", "fd00::/8"));
const trusting_nobody = createPeerKey([]);

const request = (forwarded?: string) =>
  new Request("http://localhost/", forwarded === undefined ? {} : { headers: { "x-forwarded-for": forwarded } });

describe("an address counts", () => {
  test.each([
    ["192.0.2.9", "192.0.2.9"],
    ["::ffff:192.0.2.9", "192.0.2.9"],
    ["127.0.0.1", "127.0.0.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["", ""],
  ])("%s as %s", (peer, key) => {
    expect(trusting_nobody(request(), peer)).toBe(key);
  });
});

describe("what is forwarded", () => {
  test.each([
    ["counts for nothing from a stranger", "203.0.113.5", "198.51.100.7", "203.0.113.5"],
    ["counts from a proxy", "10.1.2.3", "198.51.100.7", "198.51.100.7"],
    ["counts from a proxy that is connected by IPv6", "::ffff:10.1.2.3", "198.51.100.7", "198.51.100.7"],
    ["counts from a single address that is trusted", "192.0.2.1", "198.51.100.7", "198.51.100.7"],
    ["may be of IPv6", "fd12::1", "2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["is read from the right: what the client wrote itself is passed over", "10.0.0.1", "1.1.1.1, 2.2.2.2", "2.2.2.2"],
    ["is followed through further proxies", "10.0.0.1", "1.1.1.1,2.2.2.2 , 10.0.0.2,fd00::2", "2.2.2.2"],
    ["may come from within", "10.0.0.1", "10.0.0.7, 10.0.0.2", "10.0.0.7"],
    ["may have a port", "10.0.0.1", "198.51.100.7:4711", "198.51.100.7"],
    ["may have a port and brackets", "10.0.0.1", "[2001:db8:1:2::9]:4711", "2001:db8:1:2::/64"],
    ["is the proxy's own where it is none", "10.0.0.1", "unknown", "10.0.0.1"],
    ["ends at what is no address", "10.0.0.1", "1.1.1.1, banana, 10.0.0.2", "10.0.0.2"],
    ["is the proxy's own where it is empty", "10.0.0.1", "", "10.0.0.1"],
  ])("%s", (_, peer, forwarded, key) => {
    expect(trusting(request(forwarded), peer)).toBe(key);
    if (key !== peer) expect(trusting(request(), peer)).not.toBe(key);
  });

  test("counts for nothing where nobody is trusted", () => {
    expect(trusting_nobody(request("198.51.100.7"), "10.1.2.3")).toBe("10.1.2.3");
  });
});

test("where a request comes from is asked once, however many want to know", () => {
  let asked = 0;
  const server = {
    requestIP() {
      asked += 1;
      return { address: `192.0.2.${asked}` };
    },
  };
  const clientKey = createClientKey([]);
  const [one, other] = [request(), request()];
  expect([one, other, one, other].map((of) => clientKey({ request: of, server }))).toEqual([
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.1",
    "192.0.2.2",
  ]);
  expect(asked).toBe(2);
});

test("a network is an address with or without a length", () => {
  expect(parseNetwork("10.0.0.0/8")).toEqual({ address: "10.0.0.0", prefix: 8, family: "ipv4" });
  expect(parseNetwork("::1")).toEqual({ address: "::1", prefix: 128, family: "ipv6" });
  for (const none of ["", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0.0/8/8", "fe80::1%eth0", "a.example"])
    expect(parseNetwork(none)).toBeNull();
});
