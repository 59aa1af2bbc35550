// The least that keeps messages: a socket, a writer thread that commits all that waits in one go, and an answer and a
// frame for the topic after the commit. It checks nobody and remembers nothing.

interface Data {
  topics: string[];
}

interface Message {
  id: number;
  channel_id: number;
  author_id: number;
  content: string;
  created_at: number;
}

interface Waiting {
  message: Message;
  answer(): void;
}

const EPOCH_MS = Date.UTC(2025, 0, 1);
let last_id = 0;
let waiting: Waiting[] = [];
let under_way: Waiting[] = [];

const writer = new Worker(new URL("./writer.ts", import.meta.url));

function commit(): void {
  if (under_way.length > 0 || waiting.length === 0) return;
  under_way = waiting;
  waiting = [];
  writer.postMessage(JSON.stringify(under_way.map(({ message }) => message)));
}

writer.addEventListener("message", () => {
  const done = under_way;
  under_way = [];
  commit();
  for (const { answer } of done) answer();
});

const server = Bun.serve<Data>({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, self) {
    const topics = new URL(request.url).searchParams.get("topics") ?? "";
    if (self.upgrade(request, { data: { topics: topics.split(",") } })) return undefined;
    return new Response(null, { status: 400 });
  },
  websocket: {
    open(socket) {
      for (const topic of socket.data.topics) socket.subscribe(topic);
      socket.send('{"type":"ready"}');
    },
    message(socket, frame) {
      const { id, type, data } = JSON.parse(String(frame));
      const message = messageOf(data);
      const answer = () => {
        const view = viewOf(message);
        socket.send(JSON.stringify({ id, type, data: { message: view } }));
        const topic = `channel:${message.channel_id}`;
        server.publish(topic, JSON.stringify({ type: "message_added", topic, seq: message.id, data: view }));
      };
      waiting.push({ message, answer });
      if (waiting.length === 1) queueMicrotask(commit);
    },
  },
});

function messageOf({ channel_id, content }: { channel_id: number; content: string }): Message {
  last_id = Math.max(last_id + 1, (Date.now() - EPOCH_MS) * 1000);
  return { id: last_id, channel_id, author_id: 1, content, created_at: Date.now() };
}

function viewOf({ created_at, ...message }: Message) {
  const created_date = new Date(created_at).toISOString();
  const rest = { edited_date: null, reply_to: null, attachments: [], mentions: [], reactions: [] };
  return { ...message, server_id: message.channel_id, created_date, ...rest };
}

writer.addEventListener("open", () => process.stdout.write(`listening on http://127.0.0.1:${server.port}\n`));
