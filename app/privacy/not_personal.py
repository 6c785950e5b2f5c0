"""Tables without personal data, column by column: a new column is decided on here or in the register.

What people write may always name somebody. What is here is public facts and the house's own figures, which
are put in by staff and can be corrected by them.
"""

NOT_PERSONAL: dict[str, frozenset[str]] = {
    table: frozenset(columns.split())
    for table, columns in {
        # What the forum is about: strategies, projects, organisations, the archive's facts.
        "strategy": (
            "id key name name_en short_name short_name_en level period_from period_to owner "
            "owner_en municipality_id facts facts_en completeness completeness_en source_note "
            "source_urls edition"
        ),
        "theme": (
            "id strategy_id parent_id key code position name name_en description description_en "
            "certainty keywords target_groups markers ended_at"
        ),
        "initiative": "id theme_id key position name name_en note note_en certainty source_url",
        "programme": (
            "id key title title_en about about_en fund_dkk_million period_from period_to total "
            "found_note round_note rounds evaluations related"
        ),
        "project": (
            "id key title title_en title_certainty authority_id authority_text authority_type "
            "is_authority_certain participant_texts participant_texts_en field field_text "
            "round_year round_certainty amount_dkk_million period period_en partner_texts "
            "barriers barriers_certainty barrier_note theme_certainty seen certainty_note note "
            "note_en source_url"
        ),
        "project_partner": "project_id organisation_id part",
        "project_theme": "project_id theme_id",
        "own_project_theme": "own_project_id theme_id",
        "priority_criterion": "id round_id position name help weight",
        "priority_need": "round_id contribution_id position score place",
        "maturity_dimension": (
            "id key position name name_en help help_en lowest lowest_en highest highest_en source source_en "
            "retired_at version"
        ),
        "body_mandate": "id body_id position text text_en added_at ended_at",
        "body_advised": "id body_id position name name_en advised_id added_at ended_at",
        "organisation": (
            "id key name short_name kind cvr mail_domains municipality_code region website note "
            "is_example is_confirmed refused_at asked_domains version created_at"
        ),
        # Networks of municipalities as staff or who leads them describes them; who acts for them is in the
        # register.
        "network": (
            "id key name text organisation_id country tasks financed_by lasts programme certainty_note "
            "source_url is_example version created_at closed_at"
        ),
        "network_member": "id network_id organisation_id asked_at answer answered_at",
        "series": "id key name",
        # Files of what is told elsewhere, which is asked for its rights anew each time; not who asked.
        "made_file": (
            "id paper subject_id form choices choices_mark state stamp file_key size step steps asked_at "
            "ready_at used_at"
        ),
        "report_setting": "meeting_id parts themes names changed_at version",
        "missing_number": "series_id number held_after held_before before_is_month",
        "correction": "id meeting_id item_id key original corrected note",
        "signing_key": "id secret",
        # What the house says to many at once. Whom it was to stands in `letter`.
        "batch_text": "batch_id language subject body",
        "archive_load": "name fingerprint loaded_at",
        "contribution_theme": "contribution_id theme_id origin",
        # What organisers ask in the form of an idea; what is answered stands in the register.
        "idea_field": (
            "id position kind label help example options is_required created_at retired_at version"
        ),
        "idea_field_edition": "id field_id version label help example options replaced_at",
        "idea_rest": "contribution_id confirmed_at asked_at rested_at",
        # What staff calls contributions that say the same.
        "gathering": "lead_id title summary earlier version",
        # What tests are held against, frozen; what organisers score beside it.
        "pressure_test_strategy": "test_id strategy_id position title title_en mark",
        "pressure_test_theme": (
            "id test_id strategy_id theme_id position above name name_en description value"
        ),
        "criterion": "id key position name name_en help help_en weight retired_at version",
        "pressure_test_criterion": "id test_id criterion_id position name name_en help help_en weight",
        # Summaries quote what was said under its own number, and let go of what is blacked out there.
        "summary": "id meeting_id theme_id version",
        "summary_edition": "id summary_id number begun_at published_at taken_back_at",
        "summary_sentence": "id edition_id position text text_en origin",
        "summary_support": (
            "id sentence_id position contribution_id answer_id commitment_id deck_id page_number mark"
        ),
        # What meetings publish: who speaks stands in `appearance`, which is in the register.
        "meeting": (
            "id series_id key number title title_en status status_reason status_before "
            "status_changed_at held_on date_certainty date_note moved_from moved_from_starts_at "
            "calendar_sequence starts_at ends_at format format_certainty format_note venue join_url "
            "introduction introduction_en topics topics_en participants_approx participants_text "
            "vendor_companies seats seats_per_organisation registration_closes_on "
            "needs_approval offer_hours participants_note completeness completeness_en source_urls "
            "source_note is_example published_at created_at edited_at version "
            "programme_published_at programme_version"
        ),
        "meeting_organiser": "meeting_id organisation_id",
        "live_room": "meeting_id code names lets_guests checks_in stays_open_days version created_at",
        # Where a meeting that runs stands; who turned it on is in the log.
        "live_state": (
            "meeting_id item_id item_started_at shows shows_id timer_seconds timer_ends_at steps version "
            "changed_at"
        ),
        "sign_up_question": (
            "id meeting_id item_id position kind text help options is_required is_hidden created_at version"
        ),
        # Polls and how they went: how many gave each thing, and nothing of who.
        "panel": "item_id meeting_id state asks_approval visibility opened_at closed_at version",
        "poll": (
            "id meeting_id item_id key position kind question help most low_label high_label state "
            "hides_results visibility tally voters hidden_words is_example opened_at closed_at created_at "
            "version"
        ),
        # How many gave each step, and words to the organisers that were cut from whoever wrote them.
        "evaluation": "meeting_id wording days_open answers tally counted_at is_example version",
        "evaluation_remark": "id meeting_id text",
        # What was said under each item, in the words of who wrote it down.
        "minutes_section": "id meeting_id item_id part title text version",
        # Boards and the clusters on them; the cards stand in the register.
        "board": (
            "id meeting_id item_id group_id task form state opened_at closes_at closed_at dots dots_per "
            "asks_approval visibility version created_at"
        ),
        "card_cluster": "id board_id name position version",
        "poll_option": "id poll_id position text",
        "seat_group": "id meeting_id name seats kinds release_on version",
        "seat_group_organisation": "group_id organisation_id",
        # How groups are made. `before` holds numbers of placements, which stand in the register.
        "group_round": (
            "item_id meeting_id mixing spreading parting meeting_anew seed state is_best took_ms "
            "asked_at shown_at before version"
        ),
        "rival_set": "id meeting_id created_at",
        "rival_set_organisation": "rival_set_id organisation_id",
        "agenda_item": (
            "id meeting_id key position kind title title_en title_certainty summary summary_en "
            "note note_en track starts_at ends_at version draft is_new is_removed"
        ),
        "panel_task": ("id item_id position title text text_en answer_limit version draft is_new is_removed"),
        "slide_page": (
            "id revision_id number title text notes has_text is_machine_read is_titled pictures_without_alt "
            "smallest_type picture_key thumbnail_key width height picture_mark"
        ),
        "answer": (
            "id meeting_id key kind verdict text text_en text_sv reason reason_en reason_sv again_by "
            "said_by_text prepared_at published_at is_example version"
        ),
        "answer_edition": (
            "id answer_id number verdict text text_en text_sv reason reason_en reason_sv again_by why "
            "replaced_at"
        ),
        "site_logo": "id width small large made_at",
        # How answers are given: whose they are stands in the register.
        "answer_rule": "id at_most_days at_least_days before_meeting version",
        "answer_template": (
            "id title verdict text text_en text_sv reason reason_en reason_sv retired_at version"
        ),
        # A row of a file, until it is taken in: its cells are emptied then, and what is never taken in goes.
        "data_import_row": (
            "import_id number sheet line rank kind cells state title problems remarks changes path"
        ),
        "answer_batch": "id name created_at published_at gathered_at told_at told_count",
        "answer_batch_answer": "answer_id batch_id",
        "late_answer": "contribution_id answer_by noticed_at",
        "answer_contribution": "answer_id contribution_id",
        # What is promised of what, and by what it is measured; who proposed and measured is in the register.
        "commitment_contribution": "commitment_id contribution_id taken_from_id",
        "commitment_theme": "commitment_id theme_id",
        "promised_contribution": "contribution_id status_before status_given",
        "milestone": "id commitment_id position title title_en due_on done_on version",
        "indicator": (
            "id commitment_id position name name_en unit unit_en method baseline_value baseline_on "
            "target_value target_on direction version"
        ),
        "answer_organisation": "answer_id organisation_id",
        # Tenders, and who was met as organisations; people of staff stand in the register.
        "tender": (
            "id key title text organisation_id expected_on state published_at created_at is_example version"
        ),
        "tender_notice": "id tender_id kind url number announced_on added_at",
        "tender_question": (
            "id tender_id number contribution_id entry_id question answer linked_at shared_at version"
        ),
        "tender_question_edition": "id question_id number question answer why replaced_at",
        "ledger_organisation": "entry_id organisation_id correction_id",
        "ledger_handout": ("id entry_id position kind title text deck_id file_key filename size sha256"),
        # Made from other tables, and made anew when those change.
        "search_document": (
            "id kind object_id title body background names language year theme_ids "
            "organisation_ids person_ids meeting_id vector title_vector words"
        ),
        "search_term": "word folded stem folded_stem ndoc",
        # What is sent to other systems: ids and codes, and how their machines answered.
        "webhook_event": "id public_id what object_id detail_id happened_at",
        "webhook_delivery": "id webhook_id event_id state tries next_at done_at",
        "webhook_try": "id delivery_id tried_at milliseconds status problem excerpt",
        # The house's own housekeeping.
        "privacy_run": "id began_at ended_at counts",
        # Faults are kept without mail addresses and long numbers.
        "job_done": "job_id done_at",
        "page_change": "id tx mark",
        "job_run": "name done_at failed_at seconds runs failures problem",
        "spent_logout_token": "issuer jti_hash expires_at",
    }.items()
}
