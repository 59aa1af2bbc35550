// What programs send, in the shape in which they do: shortened, but for what is read of it.

/** Grafana 11, contact point "Slack". */
export const grafana_slack = {
  channel: "#alerts",
  username: "Grafana",
  icon_emoji: ":grafana:",
  icon_url: "https://grafana.com/static/assets/img/fav32.png",
  text: "",
  attachments: [
    {
      title: "[FIRING:1] DiskFull Storage (db-1)",
      title_link: "https://grafana.example.org/alerting/list",
      fallback: "[FIRING:1] DiskFull Storage (db-1)",
      color: "#D63232",
      text: "**Firing**\n\nValue: A=93.5\nLabels:\n - alertname = DiskFull\n - instance = db-1\nSource: https://grafana.example.org/alerting/grafana/abc/view?orgId=1\n",
      footer: "Grafana v11.2.0",
      footer_icon: "https://grafana.com/static/assets/img/fav32.png",
      ts: 1764412800,
    },
  ],
};

/** Grafana 11, contact point "Discord". */
export const grafana_discord = {
  username: "Grafana",
  avatar_url: "https://grafana.com/static/assets/img/fav32.png",
  content: "**Firing**\n\nValue: A=93.5\nLabels:\n - alertname = DiskFull",
  embeds: [
    {
      title: "[FIRING:1] DiskFull Storage (db-1)",
      type: "rich",
      url: "https://grafana.example.org/alerting/list",
      color: 14037554,
      footer: { text: "Grafana v11.2.0", icon_url: "https://grafana.com/static/assets/img/fav32.png" },
    },
  ],
};

/** The parts that Grafana's "Discord" sends for an alert with a screenshot: the file has a name, and its field none. */
export const grafana_discord_parts = (screenshot: Uint8Array): [head: string, content: string | Uint8Array][] => [
  [
    'Content-Disposition: form-data; name="payload_json"',
    JSON.stringify({
      ...grafana_discord,
      embeds: [
        ...grafana_discord.embeds,
        { title: "DiskFull – Größe", image: { url: "attachment://screenshot.png" }, color: 14037554 },
      ],
    }),
  ],
  [
    'Content-Disposition: form-data; name=""; filename="screenshot.png"\r\nContent-Type: application/octet-stream',
    screenshot,
  ],
];

/** Alertmanager 0.27, `slack_configs` with its default templates. */
export const alertmanager_slack = {
  channel: "alerts",
  username: "Alertmanager",
  attachments: [
    {
      title: "[FIRING:2] InstanceDown for api (job=&lt;api&gt;)",
      title_link: "http://alertmanager.example.org:9093/#/alerts?receiver=team",
      text: "api &amp; db are down, see <https://runbooks.example.org/down|the runbook>, <!here>",
      fallback: "[FIRING:2] InstanceDown for api | http://alertmanager.example.org:9093",
      callback_id: "",
      footer: "",
      color: "danger",
      mrkdwn_in: ["fallback", "pretext", "text"],
      fields: [
        { title: "Severity", value: "critical", short: true },
        { title: "Started", value: "12:00 UTC", short: true },
      ],
    },
  ],
};

/** Alertmanager 0.27, `discord_configs`. */
export const alertmanager_discord = {
  content: "",
  embeds: [
    {
      title: "[FIRING:1] InstanceDown (api)",
      description: "**Alerts Firing:**\nLabels:\n - alertname = InstanceDown\n - instance = api:9090",
      color: 10038562,
    },
  ],
};

/** Uptime Kuma 1.23, notification "Slack". */
export const kuma_slack = {
  text: "Uptime Kuma Alert",
  channel: null,
  username: "Uptime Kuma",
  icon_emoji: ":bear:",
  attachments: [
    {
      color: "#e01e5a",
      blocks: [
        { type: "header", text: { type: "plain_text", text: "Uptime Kuma Alert" } },
        {
          type: "section",
          fields: [
            { type: "mrkdwn", text: "*Message*\n[api] [🔴 Down] connect ECONNREFUSED" },
            { type: "mrkdwn", text: "*Time (Europe/Berlin)*\n2026-11-29 12:00:00" },
          ],
        },
        {
          type: "actions",
          elements: [
            {
              type: "button",
              text: { type: "plain_text", text: "Visit Uptime Kuma" },
              url: "https://kuma.example.org",
            },
          ],
        },
      ],
    },
  ],
};

/** Uptime Kuma 1.23, notification "Discord". */
export const kuma_discord = {
  username: "Uptime Kuma",
  embeds: [
    {
      title: "❌ Your service api went down. ❌",
      color: 16711680,
      timestamp: "2026-11-29T11:00:00.000Z",
      fields: [
        { name: "Service Name", value: "api" },
        { name: "Service URL", value: "https://api.example.org" },
        { name: "Time (UTC)", value: "2026-11-29 11:00:00" },
        { name: "Error", value: "connect ECONNREFUSED 10.0.0.7:443" },
      ],
    },
  ],
};

const repository = { id: 1, full_name: "alice/orchard", html_url: "https://github.com/alice/orchard" };
const sender = { login: "alice", id: 1, type: "User" };

export const github: Record<string, object> = {
  push: {
    ...{ ref: "refs/heads/main", before: "a".repeat(40), after: "b".repeat(40), created: false, deleted: false },
    ...{ forced: false, compare: "https://github.com/alice/orchard/compare/aaaaaaa...bbbbbbb", repository, sender },
    pusher: { name: "alice", email: "alice@example.org" },
    commits: [
      {
        ...{ id: "b".repeat(40), message: "Water the trees\n\nThey were dry.", timestamp: "2026-11-29T12:00:00+01:00" },
        ...{ author: { name: "Alice", email: "alice@example.org", username: "alice" }, added: [], removed: [] },
      },
    ],
  },
  issues: {
    action: "opened",
    issue: {
      ...{ number: 7, title: "Apples are sour", body: "All of them.", state: "open", user: sender },
      html_url: "https://github.com/alice/orchard/issues/7",
    },
    ...{ repository, sender },
  },
  pull_request: {
    action: "closed",
    number: 8,
    pull_request: {
      ...{ number: 8, title: "Sweeten the apples", body: "Sugar.", merged: true, state: "closed" },
      html_url: "https://github.com/alice/orchard/pull/8",
    },
    ...{ repository, sender },
  },
  release: {
    action: "published",
    release: {
      ...{ tag_name: "v1.0.0", name: "Harvest", body: "Ripe.", draft: false, prerelease: false },
      html_url: "https://github.com/alice/orchard/releases/tag/v1.0.0",
    },
    ...{ repository, sender },
  },
  workflow_run: {
    action: "completed",
    workflow_run: {
      ...{ id: 1, name: "CI", head_branch: "main", status: "completed", conclusion: "timed_out" },
      html_url: "https://github.com/alice/orchard/actions/runs/1",
    },
    ...{ repository, sender },
  },
};

export const github_ping = { zen: "Keep it logically awesome.", hook_id: 1, hook: {}, repository, sender };
