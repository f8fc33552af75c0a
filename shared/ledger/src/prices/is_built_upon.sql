-- Whether a later revision that stands corrected a call again that revision $1 corrected.
select exists (
    select
    from price_entries mine
    join price_entries later on later.call_id = mine.call_id and later.revision_id > mine.revision_id
    join price_revisions r on r.id = later.revision_id and r.undoes_id is null
    where mine.revision_id = $1
        and not exists (select from price_revisions undo where undo.undoes_id = r.id)
) as is_built_upon
