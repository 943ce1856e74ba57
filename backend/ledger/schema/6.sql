-- Which of an instance's web servers speak TLS: a link that says http sends what is in it in the clear first.
ALTER TABLE instances ADD COLUMN secure_json TEXT NOT NULL DEFAULT '';
