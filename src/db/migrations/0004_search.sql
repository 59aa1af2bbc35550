-- The search's index holds words that the program makes, each beginning with its message's server, once a message and
-- without their places. Its rows are added by the statements that write messages; triggers take them out.
DROP TRIGGER messages_fts_added;
--> statement-breakpoint
DROP TRIGGER messages_fts_changed;
--> statement-breakpoint
DROP TRIGGER messages_fts_deleted;
--> statement-breakpoint
DROP TABLE messages_fts;
--> statement-breakpoint
CREATE VIRTUAL TABLE messages_fts USING fts5(
  terms,
  content = '',
  contentless_delete = 1,
  detail = none,
  tokenize = "ascii tokenchars ':#@$+<=>|~'"
);
--> statement-breakpoint
CREATE TRIGGER messages_fts_changed AFTER UPDATE OF content ON messages WHEN new.content <> old.content BEGIN
  DELETE FROM messages_fts WHERE rowid = old.id;
END;
--> statement-breakpoint
CREATE TRIGGER messages_fts_deleted AFTER DELETE ON messages WHEN old.content <> '' BEGIN
  DELETE FROM messages_fts WHERE rowid = old.id;
END;
--> statement-breakpoint
-- What is there already is indexed in the background, from the newest on.
INSERT INTO settings (key, value) SELECT 'indexed_from', last + 1 FROM (SELECT max(id) AS last FROM messages)
WHERE last IS NOT NULL;
