-- Labels are now trimmed and in Unicode normal form C wherever they are sent. Keys and limits follow, so that a limit
-- on `x` also holds for what was called `x `. The ledger is append-only: calls that are in it keep the label they were
-- made under.
update api_keys k
set user_label = btrim(normalize(k.user_label, nfc)), version = k.version + 1
where k.user_label is not null and k.user_label <> btrim(normalize(k.user_label, nfc));

-- Where two limits become the same, the one that allows less stays.
with ranked as (
    select
        l.id,
        row_number() over (
            partition by btrim(normalize(l.subject_id, nfc)), l.metric, l.period, l.mode
            order by l.amount, l.created_at, l.id
        ) as place
    from limits l
    where l.subject_kind = 'label'
)
delete from limits l
using ranked r
where r.id = l.id and r.place > 1;

update limits l
set subject_id = btrim(normalize(l.subject_id, nfc)), version = l.version + 1
where l.subject_kind = 'label' and l.subject_id <> btrim(normalize(l.subject_id, nfc));
