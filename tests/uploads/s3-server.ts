// As much of an S3 server as the uploads use, in memory. It refuses what isn't signed, but checks no signature.

export interface S3Server {
  endpoint: string;
  /** By path: the bucket, then the key. */
  objects: Map<string, Uint8Array>;
  /** What was asked, as `PUT /bucket/key`. */
  requests: string[];
  /** Every request is answered with this status while it is set. */
  failing: number | null;
  stop(): Promise<void>;
}

const fault = (status: number, code: string) =>
  new Response(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`, {
    status,
    headers: { "content-type": "application/xml" },
  });

const EMPTY_LIST =
  '<?xml version="1.0"?><ListBucketResult><Name>orchard</Name><KeyCount>0</KeyCount><MaxKeys>1</MaxKeys>' +
  "<IsTruncated>false</IsTruncated></ListBucketResult>";

export function startS3Server(): S3Server {
  const objects = new Map<string, Uint8Array>();
  const requests: string[] = [];

  const parts = new Map<number, Uint8Array>();

  /** One upload in parts at a time: begun, its parts, ended or given up. */
  async function inParts(request: Request, pathname: string, asked: URLSearchParams): Promise<Response> {
    const headers = { "content-type": "application/xml", etag: '"tag"' };
    if (asked.has("uploads")) {
      parts.clear();
      const result = "<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>";
      return new Response(result, { headers });
    }
    if (request.method === "PUT") {
      parts.set(Number(asked.get("partNumber")), await request.bytes());
      return new Response(null, { headers });
    }
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    const in_order = [...parts].sort(([one], [other]) => one - other).map(([, bytes]) => bytes);
    objects.set(pathname, new Uint8Array(Buffer.concat(in_order)));
    return new Response("<CompleteMultipartUploadResult><ETag>tag</ETag></CompleteMultipartUploadResult>", { headers });
  }

  async function answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    requests.push(`${request.method} ${pathname}`);
    if (s3.failing !== null) return fault(s3.failing, "InternalError");
    const signature = request.headers.get("authorization") ?? "";
    if (!/^AWS4-HMAC-SHA256 Credential=key\/\d+\/\S+\/s3\/aws4_request, .*Signature=[0-9a-f]{64}$/.test(signature)) {
      return fault(403, "AccessDenied");
    }
    if (pathname.split("/")[1] !== "orchard") return fault(404, "NoSuchBucket");
    if (searchParams.has("list-type"))
      return new Response(EMPTY_LIST, { headers: { "content-type": "application/xml" } });
    if (searchParams.has("uploads") || searchParams.has("uploadId")) return inParts(request, pathname, searchParams);
    if (request.method === "PUT") {
      objects.set(pathname, await request.bytes());
      return new Response(null, { headers: { etag: '"tag"' } });
    }
    const found = objects.get(pathname);
    if (request.method === "DELETE") {
      objects.delete(pathname);
      return new Response(null, { status: 204 });
    }
    if (!found) return fault(404, "NoSuchKey");
    const headers = { "content-length": String(found.length), etag: '"tag"' };
    const [, from, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
    if (from !== undefined && request.method === "GET") {
      const part = found.slice(Number(from), last ? Number(last) + 1 : found.length);
      const said = { "content-range": `bytes ${from}-${Number(from) + part.length - 1}/${found.length}` };
      return new Response(part, { status: 206, headers: said });
    }
    return new Response(request.method === "HEAD" ? null : new Uint8Array(found), { headers });
  }

  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: answer });
  const s3: S3Server = {
    endpoint: `http://127.0.0.1:${server.port}`,
    ...{ objects, requests, failing: null },
    stop: () => server.stop(true),
  };
  return s3;
}

/** Settings for a bucket of the server. */
export function bucketOf({ endpoint }: S3Server) {
  return { endpoint, name: "orchard", region: "us-east-1", access_key_id: "key", secret_access_key: "hunter2" };
}
