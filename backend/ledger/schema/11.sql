-- The wish that a start is under way for, where it was only said that one is; 0: none.
UPDATE instances SET starting = wish WHERE starting <> 0;
