-- Ids of uploads are of chance from 2^52 on, and none of those that the id generator has to stay above.
DROP TRIGGER upload_id_deleted;
--> statement-breakpoint
CREATE TRIGGER upload_id_deleted AFTER DELETE ON uploads WHEN old.id < 4503599627370496 BEGIN
  INSERT INTO settings (key, value) VALUES ('greatest_deleted_id', old.id)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE CAST(settings.value AS INTEGER) < old.id;
END;
