-- What derives from other tables and is kept in step by triggers, in the transaction of the change itself.

-- Words of any script: letters with their marks, digits and symbols such as emoji are parts of words. `scope` holds
-- the channel and the server as words, so that a search passes over the messages of others without reading them.
CREATE VIRTUAL TABLE messages_fts USING fts5(
  content,
  scope,
  content = '',
  contentless_delete = 1,
  tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co So'"
);
--> statement-breakpoint
CREATE TRIGGER messages_fts_added AFTER INSERT ON messages WHEN new.content <> '' BEGIN
  INSERT INTO messages_fts (rowid, content, scope)
  VALUES (new.id, coalesce(new.search_text, new.content), 'c' || new.channel_id || ' s' || new.server_id);
END;
--> statement-breakpoint
CREATE TRIGGER messages_fts_changed AFTER UPDATE OF content, search_text ON messages
WHEN new.content <> old.content OR new.search_text IS NOT old.search_text BEGIN
  DELETE FROM messages_fts WHERE rowid = old.id;
  INSERT INTO messages_fts (rowid, content, scope)
  SELECT new.id, coalesce(new.search_text, new.content), 'c' || new.channel_id || ' s' || new.server_id
  WHERE new.content <> '';
END;
--> statement-breakpoint
CREATE TRIGGER messages_fts_deleted AFTER DELETE ON messages WHEN old.content <> '' BEGIN
  DELETE FROM messages_fts WHERE rowid = old.id;
END;
--> statement-breakpoint
CREATE TRIGGER mentions_added AFTER INSERT ON messages WHEN new.mentions <> '[]' BEGIN
  INSERT OR IGNORE INTO mentions (user_id, channel_id, message_id)
  SELECT value, new.channel_id, new.id FROM json_each(new.mentions) WHERE value <> new.author_id;
END;
--> statement-breakpoint
CREATE TRIGGER mentions_changed AFTER UPDATE OF mentions ON messages WHEN new.mentions <> old.mentions BEGIN
  DELETE FROM mentions WHERE user_id IN (SELECT value FROM json_each(old.mentions))
    AND channel_id = old.channel_id AND message_id = old.id;
  INSERT OR IGNORE INTO mentions (user_id, channel_id, message_id)
  SELECT value, new.channel_id, new.id FROM json_each(new.mentions) WHERE value <> new.author_id;
END;
--> statement-breakpoint
CREATE TRIGGER mentions_deleted AFTER DELETE ON messages WHEN old.mentions <> '[]' BEGIN
  DELETE FROM mentions WHERE user_id IN (SELECT value FROM json_each(old.mentions))
    AND channel_id = old.channel_id AND message_id = old.id;
END;
--> statement-breakpoint
CREATE TRIGGER reactions_to_tombstone AFTER UPDATE OF deleted_at ON messages WHEN new.deleted_at IS NOT NULL BEGIN
  DELETE FROM reactions WHERE message_id = new.id;
END;
--> statement-breakpoint
CREATE TRIGGER reactions_to_deleted AFTER DELETE ON messages WHEN old.deleted_at IS NULL BEGIN
  DELETE FROM reactions WHERE message_id = old.id;
END;
--> statement-breakpoint
CREATE TRIGGER attachments_added AFTER INSERT ON messages WHEN new.attachments <> '[]' BEGIN
  INSERT OR IGNORE INTO upload_references (upload_id, kind, owner_id)
  SELECT value ->> 'id', 'message', new.id FROM json_each(new.attachments);
END;
--> statement-breakpoint
CREATE TRIGGER attachments_changed AFTER UPDATE OF attachments ON messages
WHEN new.attachments <> old.attachments BEGIN
  DELETE FROM upload_references WHERE upload_id IN (SELECT value ->> 'id' FROM json_each(old.attachments))
    AND kind = 'message' AND owner_id = old.id;
  INSERT OR IGNORE INTO upload_references (upload_id, kind, owner_id)
  SELECT value ->> 'id', 'message', new.id FROM json_each(new.attachments);
END;
--> statement-breakpoint
CREATE TRIGGER attachments_deleted AFTER DELETE ON messages WHEN old.attachments <> '[]' BEGIN
  DELETE FROM upload_references WHERE upload_id IN (SELECT value ->> 'id' FROM json_each(old.attachments))
    AND kind = 'message' AND owner_id = old.id;
END;
--> statement-breakpoint
-- A picture is referred to by its address, which ends in `/api/v1/uploads/<id>`.
CREATE TRIGGER server_image_added AFTER INSERT ON servers WHEN instr(new.image, '/api/v1/uploads/') > 0 BEGIN
  INSERT OR IGNORE INTO upload_references (upload_id, kind, owner_id)
  VALUES (CAST(substr(new.image, instr(new.image, '/api/v1/uploads/') + 16) AS INTEGER), 'server', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER server_image_changed AFTER UPDATE OF image, deleted_at ON servers
WHEN new.image IS NOT old.image OR new.deleted_at IS NOT old.deleted_at BEGIN
  DELETE FROM upload_references
  WHERE upload_id = CAST(substr(old.image, instr(old.image, '/api/v1/uploads/') + 16) AS INTEGER)
    AND kind = 'server' AND owner_id = old.id;
  INSERT OR IGNORE INTO upload_references (upload_id, kind, owner_id)
  SELECT CAST(substr(new.image, instr(new.image, '/api/v1/uploads/') + 16) AS INTEGER), 'server', new.id
  WHERE new.deleted_at IS NULL AND instr(new.image, '/api/v1/uploads/') > 0;
END;
--> statement-breakpoint
CREATE TRIGGER profile_pic_changed AFTER UPDATE OF profile_pic ON users
WHEN new.profile_pic IS NOT old.profile_pic BEGIN
  DELETE FROM upload_references
  WHERE upload_id = CAST(substr(old.profile_pic, instr(old.profile_pic, '/api/v1/uploads/') + 16) AS INTEGER)
    AND kind = 'user' AND owner_id = old.id;
  INSERT OR IGNORE INTO upload_references (upload_id, kind, owner_id)
  SELECT CAST(substr(new.profile_pic, instr(new.profile_pic, '/api/v1/uploads/') + 16) AS INTEGER), 'user', new.id
  WHERE instr(new.profile_pic, '/api/v1/uploads/') > 0;
END;
--> statement-breakpoint
CREATE TRIGGER upload_added AFTER INSERT ON uploads BEGIN
  UPDATE uploads SET is_referenced = 1
  WHERE id = new.id AND EXISTS (SELECT 1 FROM upload_references WHERE upload_id = new.id);
END;
--> statement-breakpoint
CREATE TRIGGER upload_referenced AFTER INSERT ON upload_references BEGIN
  UPDATE uploads SET is_referenced = 1 WHERE id = new.upload_id AND is_referenced = 0;
END;
--> statement-breakpoint
CREATE TRIGGER upload_released AFTER DELETE ON upload_references BEGIN
  UPDATE uploads SET is_referenced = 0
  WHERE id = old.upload_id AND NOT EXISTS (SELECT 1 FROM upload_references WHERE upload_id = old.upload_id);
END;
--> statement-breakpoint
-- Ids are never given twice, so the greatest of those that leave no tombstone is kept.
CREATE TRIGGER login_id_deleted AFTER DELETE ON logins BEGIN
  INSERT INTO settings (key, value) VALUES ('greatest_deleted_id', old.id)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE CAST(settings.value AS INTEGER) < old.id;
END;
--> statement-breakpoint
CREATE TRIGGER upload_id_deleted AFTER DELETE ON uploads BEGIN
  INSERT INTO settings (key, value) VALUES ('greatest_deleted_id', old.id)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE CAST(settings.value AS INTEGER) < old.id;
END;
--> statement-breakpoint
CREATE TRIGGER message_id_deleted AFTER DELETE ON messages BEGIN
  INSERT INTO settings (key, value) VALUES ('greatest_deleted_id', max(old.id, old.seq))
  ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE CAST(settings.value AS INTEGER) < max(old.id, old.seq);
END;
--> statement-breakpoint
CREATE TRIGGER read_state_seq_deleted AFTER DELETE ON read_states BEGIN
  INSERT INTO settings (key, value) VALUES ('greatest_deleted_id', old.seq)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE CAST(settings.value AS INTEGER) < old.seq;
END;
