// The types as which files that are no images are handed out: a closed list, by what a file's name ends in. None of them
// is one that a browser would run or lay out as a page of this server. What is in a file, nobody looks at.

/** What any other file is. */
export const UNKNOWN_TYPE = "application/octet-stream";

const by_ending: Readonly<Record<string, string>> = {
  txt: "text/plain",
  log: "text/plain",
  md: "text/plain",
  csv: "text/csv",
  json: "application/json",
  pdf: "application/pdf",
  zip: "application/zip",
  gz: "application/gzip",
  "7z": "application/x-7z-compressed",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  ogg: "audio/ogg",
  oga: "audio/ogg",
  opus: "audio/ogg",
  wav: "audio/wav",
  flac: "audio/flac",
  mp4: "video/mp4",
  m4v: "video/mp4",
  webm: "video/webm",
  mov: "video/quicktime",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  odt: "application/vnd.oasis.opendocument.text",
  ods: "application/vnd.oasis.opendocument.spreadsheet",
  odp: "application/vnd.oasis.opendocument.presentation",
};

export const file_types: readonly string[] = [...new Set([...Object.values(by_ending), UNKNOWN_TYPE])];

export function typeByName(name: string | null): string {
  const ending = /\.([a-z0-9]{1,8})$/i.exec(name ?? "")?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(by_ending, ending) ? (by_ending[ending] ?? UNKNOWN_TYPE) : UNKNOWN_TYPE;
}
