// What programs send becomes text that people read.

import { describe, expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import { discordSaid } from "../../src/domain/webhooks/discord.ts";
import { githubSaid } from "../../src/domain/webhooks/github.ts";
import { nativeSaid } from "../../src/domain/webhooks/native.ts";
import { slackSaid } from "../../src/domain/webhooks/slack.ts";
import * as samples from "./samples.ts";

describe("for Slack", () => {
  test("Grafana", () => {
    expect(slackSaid(samples.grafana_slack)).toEqual({
      content:
        "[FIRING:1] DiskFull Storage (db-1) (https://grafana.example.org/alerting/list)\n**Firing**\n\nValue: A=93.5\nLabels:\n - alertname = DiskFull\n - instance = db-1\nSource: https://grafana.example.org/alerting/grafana/abc/view?orgId=1",
      username: "Grafana",
      avatar_url: "https://grafana.com/static/assets/img/fav32.png",
    });
  });

  test("Alertmanager", () => {
    expect(slackSaid(samples.alertmanager_slack)).toEqual({
      content:
        "[FIRING:2] InstanceDown for api (job=<api>) (http://alertmanager.example.org:9093/#/alerts?receiver=team)\napi & db are down, see the runbook (https://runbooks.example.org/down), @here\nSeverity: critical\nStarted: 12:00 UTC",
      username: "Alertmanager",
      avatar_url: null,
    });
  });

  test("Uptime Kuma", () => {
    expect(slackSaid(samples.kuma_slack)).toEqual({
      content:
        "Uptime Kuma Alert\n\nUptime Kuma Alert\n*Message*\n[api] [🔴 Down] connect ECONNREFUSED\n*Time (Europe/Berlin)*\n2026-11-29 12:00:00",
      username: "Uptime Kuma",
      avatar_url: null,
    });
  });

  test.each([
    [{ text: "plain" }, "plain"],
    [{ text: 5 }, "5"],
    [
      { text: "for those who see no blocks", blocks: [{ type: "section", text: { type: "mrkdwn", text: "seen" } }] },
      "seen",
    ],
    [
      {
        blocks: [
          { type: "header", text: { type: "plain_text", text: "Head" } },
          { type: "divider" },
          {
            type: "context",
            elements: [
              { type: "mrkdwn", text: "by" },
              { type: "image", alt_text: "Bob" },
            ],
          },
          { type: "video", title: "passed over" },
        ],
      },
      "Head\n———\nby Bob",
    ],
    [
      { text: "<https://a.example> <mailto:a@b.c|mail> <@U1> <#C1|room> <!channel> <!subteam^S1|team> a < b > c" },
      "https://a.example mail (a@b.c) @U1 #room @channel team a < b > c",
    ],
    [{ text: "&amp;lt; &lt;b&gt; &quot;" }, "&lt; <b> &quot;"],
    [{ attachments: [{ pretext: "before", fallback: "instead" }, { fallback: "instead" }] }, "before\n\ninstead"],
    [{ attachments: [{ title_link: "https://a.example" }] }, "https://a.example"],
  ])("%j", (body, content) => {
    expect(slackSaid(body)?.content).toBe(content);
  });
});

describe("for Discord", () => {
  test("Grafana", () => {
    expect(discordSaid(samples.grafana_discord)).toEqual({
      content:
        "**Firing**\n\nValue: A=93.5\nLabels:\n - alertname = DiskFull\n\n[FIRING:1] DiskFull Storage (db-1) (https://grafana.example.org/alerting/list)\nGrafana v11.2.0",
      username: "Grafana",
      avatar_url: "https://grafana.com/static/assets/img/fav32.png",
    });
  });

  test("Alertmanager", () => {
    expect(discordSaid(samples.alertmanager_discord)?.content).toBe(
      "[FIRING:1] InstanceDown (api)\n**Alerts Firing:**\nLabels:\n - alertname = InstanceDown\n - instance = api:9090",
    );
  });

  test("Uptime Kuma", () => {
    expect(discordSaid(samples.kuma_discord)?.content).toBe(
      "❌ Your service api went down. ❌\nService Name: api\nService URL: https://api.example.org\nTime (UTC): 2026-11-29 11:00:00\nError: connect ECONNREFUSED 10.0.0.7:443",
    );
  });

  test("an author, by name and address", () => {
    const author = { name: "Bob", url: "https://bob.example" };
    expect(discordSaid({ embeds: [{ author, description: "words" }] })?.content).toBe(
      "Bob (https://bob.example)\nwords",
    );
  });
});

describe("for GitHub", () => {
  test.each([
    [
      "push",
      "[alice/orchard] alice pushed 1 commit to main (https://github.com/alice/orchard/compare/aaaaaaa...bbbbbbb)\nbbbbbbb Water the trees – Alice",
    ],
    [
      "issues",
      "[alice/orchard] alice opened issue #7: Apples are sour (https://github.com/alice/orchard/issues/7)\nAll of them.",
    ],
    [
      "pull_request",
      "[alice/orchard] alice merged pull request #8: Sweeten the apples (https://github.com/alice/orchard/pull/8)",
    ],
    [
      "release",
      "[alice/orchard] alice published release Harvest (https://github.com/alice/orchard/releases/tag/v1.0.0)\nRipe.",
    ],
    ["workflow_run", "[alice/orchard] CI ended on main: timed out (https://github.com/alice/orchard/actions/runs/1)"],
  ])("%s", (event, content) => {
    expect(githubSaid(event, samples.github[event])).toEqual({ content, username: "GitHub", avatar_url: null });
  });

  test("a push of more commits than are read, by force", () => {
    const commits = Array.from({ length: 14 }, (_, at) => ({ id: `${at}`.padStart(40, "0"), message: `${at}` }));
    const said = githubSaid("push", { ref: "refs/tags/v1", forced: true, commits, sender: { login: "bob" } });
    expect(said).toMatchObject({
      content: expect.stringMatching(/^bob pushed 14 commits to v1 by force\n0000000 0\n[\s\S]*\nand 4 more$/),
    });
  });

  test("a branch that is made or deleted", () => {
    const told = { ref: "refs/heads/new", commits: [], sender: { login: "bob" } };
    expect(githubSaid("push", { ...told, created: true })).toMatchObject({ content: "bob created new" });
    expect(githubSaid("push", { ...told, deleted: true })).toMatchObject({ content: "bob deleted new" });
  });

  test("a ping says nothing, and of others nothing is made", () => {
    expect(githubSaid("ping", samples.github_ping)).toBe("ping");
    for (const event of ["star", "", "constructor", "__proto__"])
      expect(githubSaid(event, samples.github["push"])).toBeNull();
    expect(githubSaid("workflow_run", { ...samples.github["workflow_run"], action: "requested" })).toBeNull();
    expect(githubSaid("release", { ...samples.github["release"], action: "created" })).toBeNull();
    expect(githubSaid("issues", null)).toBeNull();
  });
});

const readers = { native: nativeSaid, slack: slackSaid, discord: discordSaid };

describe("whatever comes", () => {
  test.each([
    [null],
    [true],
    [5],
    ["words"],
    [[]],
    [[[]]],
    [{}],
    [{ content: null, text: null }],
    [{ content: " \n\u200b", text: {} }],
  ])("%j says nothing", (body) => {
    for (const read of Object.values(readers)) expect(read(body)).toBeNull();
  });

  test.each([
    { content: {}, text: {}, embeds: {}, attachments: {}, blocks: {} },
    {
      embeds: [null, 1, "a", [], { fields: {} }, { fields: [null] }],
      attachments: [null, { fields: 1 }, { blocks: [0] }],
    },
    { blocks: [null, { type: "section", text: 1, fields: [[]] }, { type: "context", elements: {} }] },
    JSON.parse('{"__proto__":{"content":"x","text":"x"},"constructor":1}'),
  ])("%j is passed over", (body) => {
    for (const read of Object.values(readers)) expect(read(body)).toBeNull();
  });

  test("too much is cut, by whole signs", () => {
    for (const [read, field] of [
      [nativeSaid, "content"],
      [slackSaid, "text"],
      [discordSaid, "content"],
    ] as const) {
      const said = read({ [field]: "🍎".repeat(limits.message_length + 1) });
      expect(Array.from(said?.content ?? "")).toHaveLength(limits.message_length);
      expect(said?.content).toEndWith("🍎…");
      expect(read({ [field]: "🍎".repeat(limits.message_length) })?.content).toEndWith("🍎");
    }
    const many = Array.from({ length: 10_000 }, () => ({ title: "one" }));
    expect(discordSaid({ embeds: many })?.content.split("\n\n")).toHaveLength(limits.webhook_items);
  });

  test("a name has no signs that aren't seen, and is cut, or the webhook's own", () => {
    const named = (username: unknown) => nativeSaid({ content: "x", username })?.username;
    expect(named(" Bo\u202eb\n ")).toBe("Bo b");
    expect(named("n".repeat(200))).toHaveLength(limits.thing_name_length);
    for (const none of ["", " ", "\u200b", null, {}, []]) expect(named(none)).toBeNull();
    expect(nativeSaid({ content: "a\0b\ud800" })?.content).toBe("ab\ufffd");
  });
});
