ALTER TABLE `uploads` ADD `key` text;--> statement-breakpoint
ALTER TABLE `uploads` ADD `name` text;--> statement-breakpoint
ALTER TABLE `uploads` ADD `is_over` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `uploads_over` ON `uploads` (`id`) WHERE is_over = 1;--> statement-breakpoint
-- What is attached to nothing any more ends at once, for whoever has its address.
DROP TRIGGER upload_referenced;
--> statement-breakpoint
CREATE TRIGGER upload_referenced AFTER INSERT ON upload_references BEGIN
  UPDATE uploads SET is_referenced = 1, is_over = 0 WHERE id = new.upload_id AND (is_referenced = 0 OR is_over = 1);
END;
--> statement-breakpoint
DROP TRIGGER upload_released;
--> statement-breakpoint
CREATE TRIGGER upload_released AFTER DELETE ON upload_references BEGIN
  UPDATE uploads SET is_referenced = 0, is_over = old.kind = 'message'
  WHERE id = old.upload_id AND NOT EXISTS (SELECT 1 FROM upload_references WHERE upload_id = old.upload_id);
END;
--> statement-breakpoint
-- The address of a picture ends in its id, or in the 22 signs of a key behind it.
DROP TRIGGER server_image_changed;
--> statement-breakpoint
CREATE TRIGGER server_image_changed AFTER UPDATE OF image, deleted_at ON servers
WHEN new.image IS NOT old.image OR new.deleted_at IS NOT old.deleted_at BEGIN
  DELETE FROM upload_references WHERE upload_id = (
    SELECT CAST(substr(url, length(rtrim(url, '0123456789')) + 1) AS INTEGER) FROM (
      SELECT CASE WHEN substr(old.image, -23, 1) = '/' AND instr(substr(old.image, -22), '/') = 0 THEN substr(old.image, 1, length(old.image) - 23) ELSE old.image END AS url
    )
  ) AND kind = 'server' AND owner_id = old.id;
END;
--> statement-breakpoint
DROP TRIGGER profile_pic_changed;
--> statement-breakpoint
CREATE TRIGGER profile_pic_changed AFTER UPDATE OF profile_pic ON users
WHEN new.profile_pic IS NOT old.profile_pic BEGIN
  DELETE FROM upload_references WHERE upload_id = (
    SELECT CAST(substr(url, length(rtrim(url, '0123456789')) + 1) AS INTEGER) FROM (
      SELECT CASE WHEN substr(old.profile_pic, -23, 1) = '/' AND instr(substr(old.profile_pic, -22), '/') = 0 THEN substr(old.profile_pic, 1, length(old.profile_pic) - 23) ELSE old.profile_pic END AS url
    )
  ) AND kind = 'user' AND owner_id = old.id;
END;
