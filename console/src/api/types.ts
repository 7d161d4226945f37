// Written by build/api.mjs from crates/khien-wire/openapi.json. Do not edit.
export interface paths {
    "/api/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All accounts */
        get: operations["accounts"];
        put?: never;
        /** Make an account; its owner then needs a setup link */
        post: operations["account_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One account */
        get: operations["account_show"];
        put?: never;
        post?: never;
        /** Remove an account and end its sessions; the audit log keeps its name */
        delete: operations["account_remove"];
        options?: never;
        head?: never;
        /** Change an account */
        patch: operations["account_change"];
        trace?: never;
    };
    "/api/v1/accounts/{id}/setup-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a one-time link with which the owner sets a password; an earlier one ends */
        post: operations["account_setup_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/advisories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Advisories: those that ship with the program, and those that people added */
        get: operations["advisories"];
        put?: never;
        /** Add an advisory, in whatever form it was published */
        post: operations["advisory_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/advisories/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read an advisory without keeping it */
        post: operations["advisory_preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/advisories/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One advisory with what was read in it, and the last answer */
        get: operations["advisory_show"];
        put?: never;
        post?: never;
        /** Remove an advisory that somebody added, and its answers */
        delete: operations["advisory_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/advisories/{id}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Are we hit? Asks the whole lake, as a job; where one is at work already, that one is answered */
        post: operations["advisory_check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/advisories/{id}/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last answer host by host: hits first, then what is unknown */
        get: operations["advisory_hosts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Alerts */
        get: operations["alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One alert with what it rests on */
        get: operations["alert_show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Say where an alert stands, who looks after it, and why */
        patch: operations["alert_change"];
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The audit log */
        get: operations["audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the whole audit log and say whether it is unbroken */
        get: operations["audit_verify"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cases */
        get: operations["cases"];
        put?: never;
        /** Open a case, from alerts or without */
        post: operations["case_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One case with all that is in it */
        get: operations["case_show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Say what a case is about, where it stands, who leads it, and its times */
        patch: operations["case_change"];
        trace?: never;
    };
    "/api/v1/cases/{id}/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Attach alerts with their hosts and evidence, or detach them */
        post: operations["case_alerts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Write a note, or something into the timeline */
        post: operations["case_entry_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a piece of evidence; the thing itself stays where it is */
        post: operations["case_evidence_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/evidence/{evidence}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The copy of an alert that a case keeps, byte for byte what its SHA-256 is over */
        get: operations["case_evidence_show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/hand-over": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hand a case over to somebody, with a note */
        post: operations["case_hand_over"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say how a host is; one that is not in the case yet is added */
        post: operations["case_host_set"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/obligations/{duty}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Say that a report was sent, or why it is not asked for */
        patch: operations["case_obligation_change"];
        trace?: never;
    };
    "/api/v1/cases/{id}/similar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cases that share hosts, products or rules, and what they share */
        get: operations["case_similar"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/story": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The story of a case as a graph that is laid out */
        get: operations["case_story"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a task */
        post: operations["case_task_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/tasks/{task}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Say that a task is done, or who does it */
        patch: operations["case_task_change"];
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send records: when this is answered, they are on disk */
        post: operations["events_send"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exposure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Products and their releases, and on how many hosts each was seen to run */
        get: operations["exposure"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the server's parts are */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Hosts that there are records of */
        get: operations["hosts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One host by its name: its records, and the releases that ran on it */
        get: operations["host_show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hunts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Hunts that are ready to be run, and the tables that can be asked */
        get: operations["hunt_guide"];
        put?: never;
        /** Ask one question in SQL over all that is stored; it reads only, within limits, and the audit log keeps question and purpose */
        post: operations["hunt_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/intel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sets of indicators that are looked for: one of each advisory */
        get: operations["intel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Jobs */
        get: operations["jobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One job */
        get: operations["job_show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a job; one at work stops at its next step */
        post: operations["job_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Changes as they happen, as server-sent events: `id: N`, `event: change`, data as below. `Last-Event-ID` resumes; where that is too long ago, `event: reset` comes first */
        get: operations["live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Hosts that run osquery and have enrolled */
        get: operations["nodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Revoke a node, or let it enrol again */
        patch: operations["node_change"];
        trace?: never;
    };
    "/api/v1/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All rules that are known, those that cannot be loaded with the reason */
        get: operations["rules"];
        put?: never;
        /** Add rules: all documents of a text, or none where one cannot be loaded */
        post: operations["rule_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read rules without keeping them: what can be loaded, and what is wrong with the rest */
        post: operations["rule_preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What would it find? Tries a rule or a text on what is stored, as a job; it raises no alert */
        post: operations["rule_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/test/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a test is, and what it came to */
        get: operations["rule_test_show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/test/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a test */
        post: operations["rule_test_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One rule with its text, its test cases and its history */
        get: operations["rule_show"];
        /** Put another text in place of that of a rule that somebody added */
        put: operations["rule_replace"];
        post?: never;
        /** Remove a rule that somebody added; its alerts stay */
        delete: operations["rule_remove"];
        options?: never;
        head?: never;
        /** Turn a rule off or on; what comes a few seconds later is treated so */
        patch: operations["rule_switch"];
        trace?: never;
    };
    "/api/v1/rules/{id}/hits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a rule found in the last 30 days, by day and by host */
        get: operations["rule_hits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in */
        get: operations["session"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change one's own settings, password or authenticator, one or several at once; all or nothing */
        patch: operations["session_change"];
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tokens of machines */
        get: operations["tokens"];
        put?: never;
        /** Make a token; its secret is in this answer and nowhere else */
        post: operations["token_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke a token; it stays in the list */
        delete: operations["token_revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/updates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Updates under review */
        get: operations["updates"];
        put?: never;
        /** Send an update: its bytes as they are. It is read as a job; the same bytes twice are one update */
        post: operations["update_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/updates/allow-list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What may be rolled out, for deployment tools. `ETag` changes with it; `If-None-Match` is answered with 304 */
        get: operations["update_allow_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/updates/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One update with its dossier, its decisions, and where it was seen */
        get: operations["update_show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/updates/{id}/decision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pass, hold or block an update. To pass what vetting does not pass, or what is blocked, takes an approver */
        post: operations["update_decide"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/updates/{id}/dossier": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The whole report on an update, as `khien vet --json` writes it */
        get: operations["update_document"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/updates/{id}/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last trace host by host: where it was seen first, then what is unknown */
        get: operations["update_hosts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/updates/{id}/trace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Where was it seen? Asks the whole lake, as a job; where one is at work already, that one is answered */
        post: operations["update_trace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/updates/{id}/vet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read and judge it again, by what is trusted now; where that is at work already, that job is answered */
        post: operations["update_vet"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/elastic": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a shipper for Elasticsearch asks before it sends */
        get: operations["elastic_about"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/elastic/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a shipper for Elasticsearch asks before it sends */
        get: operations["elastic_about_slash"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/elastic/_bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Send documents as to Elasticsearch: when this is answered, they are on disk */
        put: operations["elastic_bulk_put"];
        /** Send documents as to Elasticsearch: when this is answered, they are on disk */
        post: operations["elastic_bulk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/elastic/_data_stream/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a shipper for Elasticsearch asks before it sends */
        get: operations["elastic_data_stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/elastic/_ilm/policy/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a shipper for Elasticsearch asks before it sends */
        get: operations["elastic_policy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/elastic/_index_template/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a shipper for Elasticsearch asks before it sends */
        get: operations["elastic_template"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/elastic/_license": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a shipper for Elasticsearch asks before it sends */
        get: operations["elastic_license"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/elastic/{index}/_bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Send documents as to Elasticsearch: when this is answered, they are on disk */
        put: operations["elastic_bulk_index_put"];
        /** Send documents as to Elasticsearch: when this is answered, they are on disk */
        post: operations["elastic_bulk_index"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process is alive */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The page to sign in */
        get: operations["login_page"];
        put?: never;
        /** Sign in: sets the session's cookie. The same answer for unknown names, wrong passwords and wrong codes */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The page to sign out */
        get: operations["logout_page"];
        put?: never;
        /** Sign out: ends the session, and goes to the page to sign in */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics in the text format of Prometheus */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/osquery/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What an osquery client has to ask its host, and how often */
        post: operations["osquery_config"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/osquery/distributed/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What an osquery client has to ask its host now */
        post: operations["osquery_read"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/osquery/distributed/write": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What the host of an osquery client answered: when this is answered, it is on disk */
        post: operations["osquery_write"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/osquery/enroll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Enrol an osquery client, with a token as its secret */
        post: operations["osquery_enroll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/osquery/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Logs of an osquery client: when this is answered, they are on disk */
        post: operations["osquery_log"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/otlp/v1/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send logs of OpenTelemetry: when this is answered, they are on disk */
        post: operations["otlp_logs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pages.css": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The style sheet of the pages */
        get: operations["pages_style"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server can work: 503 when its state cannot be read */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The page behind a one-time link, to set a password */
        get: operations["setup_page"];
        put?: never;
        /** Set the password; the link ends */
        post: operations["setup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An account, as admins see it. */
        Account: {
            /** @description When it was made. */
            created: components["schemas"]["Time"];
            /** @description What is shown. */
            display_name: string;
            /** @description UUIDv7. */
            id: string;
            /** @description When it last signed in. */
            last_login?: components["schemas"]["Time"];
            /** @description Language. */
            locale: components["schemas"]["Locale"];
            /** @description What is typed to sign in: lower-case letters, digits and `. _ @ -`. */
            name: string;
            /** @description What it may do. */
            role: components["schemas"]["Role"];
            /** @description Until when its setup link works, where it has one. */
            setup_link_expires?: components["schemas"]["Time"];
            /** @description Whether it can sign in. */
            state: components["schemas"]["AccountState"];
            /** @description Colours. */
            theme: components["schemas"]["Theme"];
            /** @description Whether signing in asks for a code of an authenticator. */
            totp: boolean;
        };
        /** @description What to change of an account; what is missing stays as it is. */
        AccountChange: {
            /** @description True closes it and ends its sessions; false opens it again. */
            disabled?: boolean;
            /** @description What is shown. */
            display_name?: string;
            /** @description True takes its authenticator away: for somebody who lost it. */
            remove_totp?: boolean;
            /** @description What it may do. */
            role?: components["schemas"]["Role"];
        };
        /** @description A new account. It can sign in once its owner has followed a setup link. */
        AccountNew: {
            /** @description What is shown. */
            display_name: string;
            /** @description Language. */
            locale?: components["schemas"]["Locale"];
            /** @description What is typed to sign in. */
            name: string;
            /** @description What it may do. */
            role: components["schemas"]["Role"];
        };
        /** @description A page of accounts. */
        AccountPage: {
            /** @description The accounts. */
            items: components["schemas"]["Account"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /**
         * @description Whether somebody can sign in.
         * @enum {string}
         */
        AccountState: "active" | "disabled" | "invited";
        /** @description Who did it. */
        Actor: {
            /** @description Id of the account or token; empty for others. */
            id: string;
            /** @description What kind. */
            kind: components["schemas"]["ActorKind"];
            /** @description Its name at that time. */
            name: string;
        };
        /**
         * @description What kind of doer.
         * @enum {string}
         */
        ActorKind: "account" | "anonymous" | "command_line" | "system" | "token";
        /** @description An advisory. */
        Advisory: {
            /** @description When it was added here. */
            added?: components["schemas"]["Time"];
            /** @description The name of whoever added it. */
            added_by?: string;
            /** @description Whether it ships with the program. */
            built_in: boolean;
            /** @description How its last check came out. */
            checked?: components["schemas"]["Checked"];
            /** @description The form it was read as. */
            form: components["schemas"]["AdvisoryForm"];
            /** @description UUIDv7; of one that ships with the program its name. */
            id: string;
            /**
             * Format: int64
             * @description Indicators.
             */
            indicators: number;
            /**
             * Format: int64
             * @description Products that it calls affected.
             */
            products: number;
            /** @description When it was published. */
            published?: components["schemas"]["Time"];
            /** @description Who published it, or where it is from. Text from outside. */
            source: string;
            /** @description What it is about. Text from outside. */
            title: string;
            /** @description With whom it may be shared; nothing where nobody said. */
            tlp?: components["schemas"]["Tlp"];
            /**
             * Format: int64
             * @description Those of them that history can be searched for.
             */
            usable: number;
        };
        /** @description Are we hit? As of the moment of the check. */
        AdvisoryAnswer: {
            /** @description Who asked. */
            by: components["schemas"]["Actor"];
            /** @description When, how long, and the verdict. */
            checked: components["schemas"]["Checked"];
            /**
             * Format: int64
             * @description Clear hosts that sent nothing in the last day before the check: they are clear until then only.
             */
            clear_but_silent: number;
            /** @description From when on there is data at all. */
            data_from?: components["schemas"]["Time"];
            /** @description Until when. */
            data_until?: components["schemas"]["Time"];
            /** @description Hosts by the day (UTC) on which any of it was first seen there, days without a host left out; the last 400. */
            days: components["schemas"]["DayCount"][];
            /** @description Releases of affected products wherever they ran: the first 200. */
            releases: components["schemas"]["NamedRelease"][];
            /** @description What was looked for, and on how many hosts it was seen: the first 200 that were seen. */
            seen: components["schemas"]["SeenIndicator"][];
            /** @description When any of it was first seen. */
            since?: components["schemas"]["Time"];
            /** @description Whether that time is exact; else it is the beginning of an hour. */
            since_exact: boolean;
            /** @description On which host. Text from outside. */
            since_host?: string;
            /** @description What was looked at: kinds of records, with hosts and events. */
            sources: components["schemas"]["SourceCount"][];
            /** @description Why hosts are unknown, the most frequent reason first. */
            why_unknown: components["schemas"]["UnknownWhy"][];
        };
        /** @description An advisory with what was read in it, and the last answer. */
        AdvisoryDetail: {
            /** @description The advisory. */
            advisory: components["schemas"]["Advisory"];
            /** @description Are we hit? Nothing where it was never checked. */
            answer?: components["schemas"]["AdvisoryAnswer"];
            /** @description The latest check that was asked for: at work, or how it ended. */
            job?: components["schemas"]["Job"];
            /** @description What was read in it. */
            reading: components["schemas"]["AdvisoryReading"];
        };
        /**
         * @description The form that an advisory was read as.
         * @enum {string}
         */
        AdvisoryForm: "columns" | "html" | "list" | "misp" | "openioc" | "prose" | "stix";
        /** @description The answer for one host. */
        AdvisoryHost: {
            /**
             * Format: int64
             * @description In how many events.
             */
            count: number;
            /** @description From when on there is data of it. */
            data_from?: components["schemas"]["Time"];
            /** @description Until when. */
            data_until?: components["schemas"]["Time"];
            /** @description Whether these times are exact; else they are beginnings of hours. */
            exact: boolean;
            /** @description When any of it was first seen on it. */
            first?: components["schemas"]["Time"];
            /** @description The host. Text from outside. */
            host: string;
            /** @description A number within the answer. */
            id: string;
            /**
             * Format: int64
             * @description How many hit.
             */
            indicator_count: number;
            /** @description What hit: the first 20 indicators. */
            indicators: components["schemas"]["HitIndicator"][];
            /** @description Why it is unknown: kinds of what its records do not show. */
            lacking: string[];
            /** @description When last. */
            last?: components["schemas"]["Time"];
            /** @description Its organisation. Text from outside. */
            org: string;
            /** @description Affected releases that ran on it: the first 20. */
            releases: components["schemas"]["HitRelease"][];
            /** @description The answer. */
            verdict: components["schemas"]["Verdict"];
        };
        /** @description A page of the answers for hosts. */
        AdvisoryHostPage: {
            /** @description The hosts: hits first, then what is unknown. */
            items: components["schemas"]["AdvisoryHost"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /** @description An indicator of an advisory. */
        AdvisoryIndicator: {
            /**
             * Format: int32
             * @description How likely a match is the real thing, 0 to 100.
             */
            confidence?: number;
            /** @description Its kind: `cidr`, `domain`, `hash`, `ip`, `mutex`, `path`, `signer`, `signer_serial`, `url`, `user_agent`. */
            kind: string;
            /** @description A short name, or empty. Text from outside. */
            name: string;
            /** @description Why it was left out, as a stable word such as `common_domain`. */
            reason?: string;
            /** @description What becomes of it. */
            use: components["schemas"]["IndicatorUse"];
            /** @description What it matches. Text from outside. */
            value: string;
        };
        /** @description An advisory to be kept. */
        AdvisoryNew: {
            /** @description Who published it, or where it is from. */
            source?: string;
            /** @description STIX 2.1, MISP's JSON, CSV, a page, or plain text: at most 4 MiB. */
            text: string;
            /** @description What it is about; else what the text says. */
            title?: string;
            /** @description With whom it may be shared; else what the text says. */
            tlp?: components["schemas"]["Tlp"];
        };
        /** @description A page of advisories. */
        AdvisoryPage: {
            /** @description The advisories. */
            items: components["schemas"]["Advisory"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /** @description A product that an advisory calls affected. */
        AdvisoryProduct: {
            /** @description The platform or ecosystem, in lower case, or empty. Text from outside. */
            platform: string;
            /** @description Its name. Text from outside. */
            product: string;
            /** @description Who makes it, or empty. Text from outside. */
            vendor: string;
            /** @description Affected versions in words; empty where none is named. Text from outside. */
            versions: string[];
        };
        /** @description What was read in an advisory. */
        AdvisoryReading: {
            /** @description The story, cut after 8,000 characters. Text from outside. */
            description: string;
            /** @description The form it was read as. */
            form: components["schemas"]["AdvisoryForm"];
            /**
             * Format: int64
             * @description How many indicators there are.
             */
            indicator_count: number;
            /** @description The first 1,000 of them. */
            indicators: components["schemas"]["AdvisoryIndicator"][];
            /**
             * Format: int64
             * @description Values that look like indicators and were not taken for such.
             */
            omitted: number;
            /**
             * Format: int64
             * @description How many such there are.
             */
            problem_count: number;
            /** @description What could not be read or cannot be matched, in English: the first 100. Nobody is clear of it. */
            problems: string[];
            /**
             * Format: int64
             * @description How many products it calls affected.
             */
            product_count: number;
            /** @description The first 200 of them. */
            products: components["schemas"]["AdvisoryProduct"][];
            /** @description When it was published. */
            published?: components["schemas"]["Time"];
            /** @description What it is about. Text from outside. */
            title: string;
            /** @description With whom it may be shared, where it says so. */
            tlp?: components["schemas"]["Tlp"];
            /**
             * Format: int64
             * @description How many of them are looked for.
             */
            usable: number;
        };
        /** @description An advisory to be read. */
        AdvisoryText: {
            /** @description STIX 2.1, MISP's JSON, CSV, a page, or plain text: at most 4 MiB. */
            text: string;
        };
        /** @description An alert. */
        Alert: {
            /**
             * Format: int64
             * @description How often.
             */
            count: number;
            /** @description When it was raised here. */
            created: components["schemas"]["Time"];
            /** @description When it was first seen, by the events. */
            first: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description How many hosts in all.
             */
            host_count: number;
            /** @description The first hosts. Text from outside. */
            hosts: string[];
            /** @description UUIDv7. */
            id: string;
            /** @description What found it. */
            kind: components["schemas"]["AlertKind"];
            /** @description When it was last seen, by the events. */
            last: components["schemas"]["Time"];
            /** @description What somebody noted. */
            note?: string;
            /** @description The name of the account that looks after it. */
            owner?: string;
            /** @description What it was, once it is closed. */
            resolution?: components["schemas"]["AlertResolution"];
            /** @description The rule, correlation or indicator; of a departure its own name, which stays the same. */
            rule: string;
            /** @description How severe. */
            severity: components["schemas"]["Severity"];
            /** @description Where it stands. */
            state: components["schemas"]["AlertState"];
            /** @description Of a departure: which release, and how. */
            subject?: components["schemas"]["AlertSubject"];
            /** @description What it is called. Text from outside. */
            title: string;
            /** @description When it last changed. */
            updated: components["schemas"]["Time"];
        };
        /** @description What somebody changes of an alert; what is not given stays. */
        AlertChange: {
            /** @description A note in place of the one there was. */
            note?: string;
            /** @description Who looks after it: the name of an account; empty for nobody. */
            owner?: string;
            /** @description What it was; needed to close it. */
            resolution?: components["schemas"]["AlertResolution"];
            /** @description Where it stands: `open`, `acknowledged` or `closed`. */
            state?: components["schemas"]["AlertState"];
        };
        /** @description An alert with what it rests on. */
        AlertDetail: {
            /** @description The alert. */
            alert: components["schemas"]["Alert"];
            /** @description The last event's fields that matched; of a departure the whole finding, which can be computed again. */
            evidence: Record<string, never>;
        };
        /**
         * @description What found it.
         * @enum {string}
         */
        AlertKind: "correlation" | "departure" | "indicator" | "rule";
        /** @description A page of alerts. */
        AlertPage: {
            /** @description The alerts. */
            items: components["schemas"]["Alert"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /**
         * @description What it was, once it is closed.
         * @enum {string}
         */
        AlertResolution: "benign" | "confirmed" | "duplicate" | "false_positive";
        /**
         * @description Where an alert stands.
         * @enum {string}
         */
        AlertState: "acknowledged" | "closed" | "open" | "withdrawn";
        /** @description Which release departs, and how. */
        AlertSubject: {
            /** @description The product. */
            product: string;
            /** @description Who makes it, as it says; empty where nobody does. */
            publisher: string;
            /** @description The kind of trait, such as `runtime.contacts.domain`. */
            trait_kind: string;
            /** @description Which one. */
            value: string;
            /** @description The release. */
            version: string;
        };
        /** @description An update that may be rolled out. */
        AllowedUpdate: {
            /** @description The name of whoever passed it. */
            by: string;
            /** @description When it was passed. */
            decided: components["schemas"]["Time"];
            /** @description The name of its file. Text from outside. */
            name: string;
            /** @description The product, or empty. Text from outside. */
            product: string;
            /** @description SHA-256 of its bytes. */
            sha256: string;
            /** @description Until when that counts. */
            until?: components["schemas"]["Time"];
            /** @description The version, or empty. Text from outside. */
            version: string;
        };
        /** @description One line of the audit log. */
        AuditEntry: {
            /** @description What: a stable word such as `account.created`. */
            action: string;
            /** @description Who. */
            actor: components["schemas"]["Actor"];
            /** @description Details by name; never a secret. */
            detail: {
                [key: string]: string;
            };
            /** @description Hash of this one, over all of the above. */
            hash: string;
            /**
             * Format: int64
             * @description Its number; the first is 1, and none is missing.
             */
            n: number;
            /** @description Hash of the entry before, in hexadecimal. */
            previous: string;
            /** @description From where: a network address, or empty. */
            source: string;
            /** @description To what. */
            target: components["schemas"]["Target"];
            /** @description When. */
            time: components["schemas"]["Time"];
        };
        /** @description A page of the audit log. */
        AuditPage: {
            /** @description The entries. */
            items: components["schemas"]["AuditEntry"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /** @description Whether the audit log is whole. */
        AuditVerification: {
            /**
             * Format: int64
             * @description How many entries were read.
             */
            entries: number;
            /** @description The first that is wrong. */
            first_bad?: components["schemas"]["FirstBad"];
            /**
             * @description Number and hash of the last entry, `N:HASH`: keep it elsewhere, and a log that was
             *     written anew from some point on is found out.
             */
            head: string;
            /** @description Whether each follows from the one before, and none is missing. */
            ok: boolean;
        };
        /** @description A text in both languages. */
        Bilingual: {
            /** @description In English. */
            en: string;
            /** @description In Vietnamese. */
            vi: string;
        };
        /** @description Why a document was refused. */
        BulkError: {
            /** @description In English. */
            reason: string;
            /** @description A stable word. */
            type: string;
        };
        /** @description What became of one document. */
        BulkItem: {
            /** @description Its id, as it was given or made. */
            _id: string;
            /** @description The index that was named; records of all indices go into one lake. */
            _index: string;
            /**
             * Format: int64
             * @description Always the first.
             */
            _version?: number | null;
            error?: components["schemas"]["BulkError"] | null;
            /** @description `created` where it was taken. */
            result?: string | null;
            /**
             * Format: int32
             * @description 201 where it was taken, 400 where it never will be.
             */
            status: number;
        };
        /**
         * @description What became of the documents of an Elasticsearch bulk request, in their order.
         *
         *     Source: Elasticsearch Guide, "Bulk API", response body.
         */
        BulkReceived: {
            /** @description Whether one of them was refused. */
            errors: boolean;
            /** @description Each under the word of its action. */
            items: {
                [key: string]: components["schemas"]["BulkItem"];
            }[];
            /**
             * Format: int64
             * @description Milliseconds that it took.
             */
            took: number;
        };
        /** @description A case, as it stands in a list. */
        Case: {
            /**
             * Format: int64
             * @description Alerts in it.
             */
            alert_count: number;
            /** @description When it was opened. */
            created: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Hosts in it.
             */
            host_count: number;
            /** @description UUIDv7. */
            id: string;
            /** @description The nearest time by which somebody has to be told. */
            next_due?: components["schemas"]["Time"];
            /** @description What people call it: year and number, `2026-014`. */
            number: string;
            /** @description What it was opened from. */
            origin: components["schemas"]["CaseOrigin"];
            /** @description The name of the account that leads it. */
            owner?: string;
            /** @description What it was, once it is closed. */
            resolution?: components["schemas"]["CaseResolution"];
            /** @description How severe. */
            severity: components["schemas"]["Severity"];
            /** @description Where it stands. */
            state: components["schemas"]["CaseState"];
            /** @description What is known so far, in a few sentences; may be empty. */
            summary: string;
            /**
             * Format: int64
             * @description Tasks in it.
             */
            task_count: number;
            /**
             * Format: int64
             * @description Tasks that are done.
             */
            tasks_done: number;
            /** @description What it is about. Text of people, or from outside. */
            title: string;
            /** @description When anything in it last changed. */
            updated: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Grows with every change that could overwrite somebody else's; what is only added leaves it.
             */
            version: number;
        };
        /** @description An alert in a case. */
        CaseAlert: {
            /** @description The alert as it is now; as it was when it was attached, where it is gone since. */
            alert: components["schemas"]["Alert"];
            /** @description When it was attached. */
            attached: components["schemas"]["Time"];
            /** @description Who attached it. */
            by: components["schemas"]["Actor"];
        };
        /** @description Alerts that are taken in or out. */
        CaseAlertsChange: {
            /**
             * @description Ids of alerts to attach.
             * @default []
             */
            attach: string[];
            /**
             * @description Ids of alerts to detach.
             * @default []
             */
            detach: string[];
            /**
             * Format: int64
             * @description The version that was looked at; needed to detach.
             * @default null
             */
            version: number;
        };
        /** @description What somebody changes of a case; what is not given stays. */
        CaseChange: {
            /** @description Who leads it: the name of an account; empty for nobody. */
            owner?: string;
            /** @description Why; needed to set a time again that somebody has set. */
            reason?: string;
            /** @description What it was; needed to close it. */
            resolution?: components["schemas"]["CaseResolution"];
            /** @description How severe. */
            severity?: components["schemas"]["Severity"];
            /** @description Where it stands. */
            state?: components["schemas"]["CaseState"];
            /** @description What is known so far. */
            summary?: string;
            /** @description Times to set. */
            times?: components["schemas"]["CaseTimesChange"];
            /** @description What it is about. */
            title?: string;
            /**
             * Format: int64
             * @description The version that was looked at; another means that somebody else was faster.
             */
            version: number;
        };
        /**
         * @description Which of the six times.
         * @enum {string}
         */
        CaseClock: "occurred" | "detected" | "aware" | "material" | "contained" | "fixed";
        /** @description A case with all that is in it. */
        CaseDetail: {
            /** @description Alerts, those attached first before others. */
            alerts: components["schemas"]["CaseAlert"][];
            /** @description The case. */
            case: components["schemas"]["Case"];
            /** @description The timeline, by the time at which things took place. */
            entries: components["schemas"]["CaseEntry"][];
            /** @description Evidence, oldest first. */
            evidence: components["schemas"]["CaseEvidence"][];
            /** @description Hosts, by name. */
            hosts: components["schemas"]["CaseHost"][];
            /** @description Who has to be told, and by when. */
            obligations: components["schemas"]["CaseObligation"][];
            /** @description Tasks, oldest first. */
            tasks: components["schemas"]["CaseTask"][];
            /** @description The six times. */
            times: components["schemas"]["CaseTimes"];
        };
        /** @description An entry of the timeline. */
        CaseEntry: {
            /** @description The alert that tells of it. */
            alert?: string;
            /** @description When it took place. */
            at: components["schemas"]["Time"];
            /** @description Who wrote or did it. */
            by: components["schemas"]["Actor"];
            /** @description Details by name. Text of people, or from outside. */
            detail: {
                [key: string]: string;
            };
            /** @description The host that it is about. Text from outside. */
            host?: string;
            /** @description UUIDv7. */
            id: string;
            /** @description What it tells of. */
            kind: components["schemas"]["CaseEntryKind"];
            /** @description When it was found out, or written down. */
            noted: components["schemas"]["Time"];
            /** @description What people wrote, or what an alert is called. Text from outside. */
            text: string;
            /** @description What was done, as a stable word (`told` for what people write); `detail` fills it in. */
            what: string;
        };
        /**
         * @description What an entry of the timeline tells of.
         * @enum {string}
         */
        CaseEntryKind: "event" | "found" | "intel" | "note" | "ours";
        /** @description A note, or an entry of the timeline that somebody writes. */
        CaseEntryNew: {
            /** @description When it took place; else now. */
            at?: components["schemas"]["Time"];
            /** @description The host that it is about. */
            host?: string;
            /** @description What it tells of. */
            kind: components["schemas"]["CaseEntryKind"];
            /** @description When it was found out; else now. */
            noted?: components["schemas"]["Time"];
            /** @description What to say. */
            text: string;
        };
        /** @description A piece of evidence. */
        CaseEvidence: {
            /** @description When it came into the case. */
            added: components["schemas"]["Time"];
            /** @description The alert of which it is the copy. */
            alert?: string;
            /** @description Who added it. */
            by: components["schemas"]["Actor"];
            /** @description UUIDv7. */
            id: string;
            /** @description Where it is kept; may be empty. */
            location: string;
            /** @description What it is. Text of people, or from outside. */
            name: string;
            /** @description More; may be empty. */
            note: string;
            /** @description SHA-256 in hexadecimal; of an alert that of the copy that is kept here. Empty where nobody said. */
            sha256: string;
        };
        /** @description A piece of evidence that somebody adds. The thing itself stays where it is. */
        CaseEvidenceNew: {
            /** @description Where it is kept. */
            location?: string;
            /** @description What it is. */
            name: string;
            /** @description More. */
            note?: string;
            /** @description SHA-256 in hexadecimal. */
            sha256?: string;
        };
        /** @description A case that goes from one person to another. */
        CaseHandOver: {
            /** @description What they need to know. */
            note: string;
            /** @description Who leads it from now on: the name of an account. */
            owner: string;
            /**
             * Format: int64
             * @description The version that was looked at.
             */
            version: number;
        };
        /** @description A host in a case. */
        CaseHost: {
            /**
             * Format: int64
             * @description Alerts of this case that name it.
             */
            alerts: number;
            /** @description When it was first seen in what the alerts tell. */
            first?: components["schemas"]["Time"];
            /** @description Its name. Text from outside. */
            host: string;
            /** @description When it was last seen in what the alerts tell. */
            last?: components["schemas"]["Time"];
            /** @description Why, or what was done; may be empty. */
            note: string;
            /** @description How it is. */
            verdict: components["schemas"]["HostVerdict"];
        };
        /** @description What somebody says of a host; one that is not there yet is added. */
        CaseHostChange: {
            /** @description Its name. */
            host: string;
            /** @description Why. */
            note?: string;
            /** @description How it is. */
            verdict?: components["schemas"]["HostVerdict"];
            /**
             * Format: int64
             * @description The version that was looked at.
             */
            version: number;
        };
        /** @description A case that somebody opens. */
        CaseNew: {
            /** @description Ids of alerts to take: with their hosts, times and evidence. */
            alerts?: string[];
            /** @description When somebody knew that it is an incident; else now. */
            aware?: components["schemas"]["Time"];
            /** @description What it is opened from; else the first alert, else `manual`. */
            origin?: components["schemas"]["CaseOrigin"];
            /** @description Who leads it: the name of an account; else who opens it, where that is a person. */
            owner?: string;
            /** @description How severe; else that of the most severe alert, else medium. */
            severity?: components["schemas"]["Severity"];
            /** @description What is known so far. */
            summary?: string;
            /** @description What it is about; where there are alerts and no title, that of the first alert. */
            title?: string;
        };
        /** @description An obligation of a case. */
        CaseObligation: {
            /** @description Who said so. */
            by?: components["schemas"]["Actor"];
            /** @description By when. */
            due?: components["schemas"]["Time"];
            /** @description What is to be done. */
            duty: components["schemas"]["Duty"];
            /** @description Why it does not apply; empty where it may. */
            reason: string;
            /** @description When it was sent. */
            sent?: components["schemas"]["Time"];
            /** @description Under which number or name it was sent; may be empty. */
            sent_as: string;
            /** @description Since when the clock runs. */
            since?: components["schemas"]["Time"];
            /** @description Where it stands. */
            state: components["schemas"]["CaseObligationState"];
        };
        /** @description What somebody says of an obligation. Neither a time nor a reason takes back what was said. */
        CaseObligationChange: {
            /** @description Why it does not apply. */
            reason?: string;
            /** @description When it was sent. */
            sent?: components["schemas"]["Time"];
            /** @description Under which number or name it was sent. */
            sent_as?: string;
            /**
             * Format: int64
             * @description The version that was looked at.
             */
            version: number;
        };
        /**
         * @description Where an obligation stands.
         * @enum {string}
         */
        CaseObligationState: "at_once" | "due" | "not_applicable" | "overdue" | "sent" | "waiting";
        /** @description What a case was opened from. */
        CaseOrigin: {
            /** @description Its id; empty where somebody told of it. */
            id?: string;
            /** @description What kind. */
            kind: components["schemas"]["CaseOriginKind"];
            /** @description What it was called then. Text from outside. */
            title?: string;
        };
        /**
         * @description What kind of thing a case was opened from.
         * @enum {string}
         */
        CaseOriginKind: "advisory" | "alert" | "manual" | "update";
        /** @description What two cases share. */
        CaseOverlap: {
            /**
             * Format: int64
             * @description How many in all.
             */
            count: number;
            /** @description What kind of thing. */
            kind: components["schemas"]["OverlapKind"];
            /** @description The first of them, the rarest first. Text from outside. */
            values: string[];
        };
        /** @description A page of cases. */
        CasePage: {
            /** @description The cases. */
            items: components["schemas"]["Case"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /**
         * @description What a case was, once it is closed.
         * @enum {string}
         */
        CaseResolution: "benign" | "confirmed" | "duplicate" | "false_positive";
        /** @description Another case, and why it is alike. */
        CaseSimilar: {
            /**
             * Format: double
             * @description How alike, in bits: what few cases have counts more.
             */
            bits: number;
            /** @description The other case. */
            case: components["schemas"]["Case"];
            /** @description Why. */
            why: components["schemas"]["CaseOverlap"][];
        };
        /** @description Cases that are alike, the most alike first. */
        CaseSimilarList: {
            /** @description At most ten. */
            items: components["schemas"]["CaseSimilar"][];
        };
        /**
         * @description Where a case stands.
         * @enum {string}
         */
        CaseState: "closed" | "contained" | "open";
        /** @description Something to do. */
        CaseTask: {
            /** @description Who added it. */
            by: components["schemas"]["Actor"];
            /** @description When it was added. */
            created: components["schemas"]["Time"];
            /** @description When it was done. */
            done?: components["schemas"]["Time"];
            /** @description Who did it. */
            done_by?: components["schemas"]["Actor"];
            /** @description By when. */
            due?: components["schemas"]["Time"];
            /** @description UUIDv7. */
            id: string;
            /** @description Who does it: the name of an account. */
            owner?: string;
            /** @description What. */
            text: string;
        };
        /** @description What somebody changes of a task; what is not given stays. */
        CaseTaskChange: {
            /** @description Whether it is done. */
            done?: boolean;
            /** @description Who does it: the name of an account; empty for nobody. */
            owner?: string;
            /** @description What. */
            text?: string;
            /**
             * Format: int64
             * @description The version that was looked at.
             */
            version: number;
        };
        /** @description A task that somebody adds. */
        CaseTaskNew: {
            /** @description By when. */
            due?: components["schemas"]["Time"];
            /** @description Who does it: the name of an account. */
            owner?: string;
            /** @description What. */
            text: string;
        };
        /** @description One of the times of a case. */
        CaseTime: {
            /** @description The time. */
            at: components["schemas"]["Time"];
            /** @description Who set it; nobody where it comes from the alerts. */
            by?: components["schemas"]["Actor"];
            /** @description When it was set. */
            set: components["schemas"]["Time"];
        };
        /** @description The six times from which deadlines follow. Each is set once; another time needs a reason. */
        CaseTimes: {
            /**
             * @description When somebody knew that it is an incident.
             * @default null
             */
            aware: components["schemas"]["CaseTime"];
            /**
             * @description When it spread no further.
             * @default null
             */
            contained: components["schemas"]["CaseTime"];
            /**
             * @description When something here showed it.
             * @default null
             */
            detected: components["schemas"]["CaseTime"];
            /**
             * @description When it was fixed.
             * @default null
             */
            fixed: components["schemas"]["CaseTime"];
            /**
             * @description When it was judged material, or major.
             * @default null
             */
            material: components["schemas"]["CaseTime"];
            /**
             * @description When it began.
             * @default null
             */
            occurred: components["schemas"]["CaseTime"];
        };
        /** @description Times that somebody sets; what is not given stays. */
        CaseTimesChange: {
            /**
             * @description When somebody knew that it is an incident.
             * @default null
             */
            aware: components["schemas"]["Time"];
            /**
             * @description When it spread no further.
             * @default null
             */
            contained: components["schemas"]["Time"];
            /**
             * @description When something here showed it.
             * @default null
             */
            detected: components["schemas"]["Time"];
            /**
             * @description When it was fixed.
             * @default null
             */
            fixed: components["schemas"]["Time"];
            /**
             * @description When it was judged material, or major.
             * @default null
             */
            material: components["schemas"]["Time"];
            /**
             * @description When it began.
             * @default null
             */
            occurred: components["schemas"]["Time"];
        };
        /** @description The data of an event `change` on the live stream. */
        Change: {
            /** @description Which ones. */
            ids: string[];
            /** @description What kind. */
            kind: components["schemas"]["ChangeKind"];
        };
        /**
         * @description What kind of thing changed.
         * @enum {string}
         */
        ChangeKind: "account" | "advisory" | "alert" | "case" | "coverage" | "host" | "job" | "rule" | "update";
        /** @description How a check came out. */
        Checked: {
            /** @description Hosts by verdict. */
            hosts: components["schemas"]["VerdictCounts"];
            /** @description When. */
            time: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description How long it took, in milliseconds.
             */
            took_ms: number;
            /** @description All in all. */
            verdict: components["schemas"]["Verdict"];
        };
        /** @description Hosts of a day. */
        DayCount: {
            /** @description The day in UTC, `2026-03-22`. */
            day: string;
            /**
             * Format: int64
             * @description How many hosts.
             */
            hosts: number;
        };
        /** @description Something that a law or rule asks for. Not legal advice. */
        Duty: {
            /** @description How sure the entry is. */
            basis: components["schemas"]["DutyBasis"];
            /** @description Whom it binds. */
            binds: components["schemas"]["Bilingual"];
            /** @description Who of compliance has looked at it, and when; nothing shows as unverified. */
            checked_by?: string;
            /** @description Which of the six times starts the clock. */
            clock: components["schemas"]["CaseClock"];
            /** @description A stable name. */
            id: string;
            /** @description Whose law: a country or union in lower case. */
            jurisdiction: string;
            /** @description Who is to be told. */
            recipient: components["schemas"]["Bilingual"];
            /** @description The law or rule. */
            reference: string;
            /** @description What is open about it. */
            remark: components["schemas"]["Bilingual"];
            /** @description What is to be done. */
            title: components["schemas"]["Bilingual"];
            /** @description From which day on, as `YYYY-MM-DD`. */
            valid_from?: string;
            /** @description To which day, as `YYYY-MM-DD`. */
            valid_to?: string;
            /** @description How long there is; nothing means at once. */
            within?: components["schemas"]["DutyLength"];
            /** @description The time zone in which days are counted. */
            zone: string;
        };
        /**
         * @description How sure the entry is.
         * @enum {string}
         */
        DutyBasis: "partly" | "source" | "unchecked";
        /** @description How long there is. */
        DutyLength: {
            /**
             * Format: int32
             * @description How many.
             */
            amount: number;
            /** @description Of what. */
            unit: components["schemas"]["DutyUnit"];
        };
        /**
         * @description In what a deadline is counted.
         * @enum {string}
         */
        DutyUnit: "days" | "hours" | "months" | "working_days";
        /** @description What shippers that speak with Elasticsearch ask first. */
        ElasticAbout: {
            /** @description `khien`. */
            cluster_name: string;
            /** @description Always the same. */
            cluster_uuid: string;
            /** @description The name of the organisation, or `khien`. */
            name: string;
            /** @description As Elasticsearch has it: clients look for it. */
            tagline: string;
            /** @description The version whose bulk requests are understood. */
            version: components["schemas"]["ElasticVersion"];
        };
        /** @description What shippers of Elastic ask about the licence. */
        ElasticLicense: {
            /** @description The licence. */
            license: components["schemas"]["ElasticLicenseTerms"];
        };
        /** @description A licence as Elasticsearch tells it. */
        ElasticLicenseTerms: {
            /** @description `active`. */
            status: string;
            /** @description `basic`. */
            type: string;
            /** @description Always the same. */
            uid: string;
        };
        /** @description That a template, policy or data stream is there: nothing has to be set up. */
        ElasticThere: {
            /** @description Always true. */
            acknowledged: boolean;
        };
        /** @description A version of Elasticsearch. */
        ElasticVersion: {
            /** @description `default`. */
            build_flavor: string;
            /** @description The oldest version whose indices fit. */
            minimum_index_compatibility_version: string;
            /** @description The oldest version whose clients fit. */
            minimum_wire_compatibility_version: string;
            /** @description Its number. */
            number: string;
        };
        /** @description A release and where it ran. */
        Exposure: {
            /** @description When it was first seen to run. */
            first?: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description On how many hosts it was seen to run.
             */
            hosts: number;
            /** @description A number within the answer. */
            id: string;
            /** @description When last. */
            last?: components["schemas"]["Time"];
            /** @description The first 16 hosts. Text from outside. */
            names: string[];
            /**
             * Format: int64
             * @description On how many hosts any release of the product was.
             */
            of: number;
            /** @description The product, as its version resource names it. Text from outside. */
            product: string;
            /** @description Its version. Text from outside. */
            version: string;
        };
        /** @description A page of releases. */
        ExposurePage: {
            /** @description The releases. */
            items: components["schemas"]["Exposure"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /** @description A value that cannot be taken. */
        FieldProblem: {
            /** @description Why, as a stable word: `too_short`, `too_long`, `empty`, `characters`, `missing`, `unknown_word`, `out_of_range`, `too_easy`. */
            code: string;
            /** @description The field, with dots between levels: `password.new`. */
            field: string;
        };
        /** @description Where the audit log is broken. */
        FirstBad: {
            /**
             * Format: int64
             * @description The number of the entry.
             */
            n: number;
            /** @description What is wrong, as a stable word: `changed`, `missing`, `out_of_order`, `other_head`, `cut_off`, `unreadable`. */
            reason: string;
        };
        /** @description All parts. */
        Health: {
            /** @description The parts. */
            parts: components["schemas"]["HealthPart"][];
            /** @description The worst of the parts' states: failed, then unknown, then degraded, then ok. */
            state: components["schemas"]["HealthState"];
        };
        /** @description One part. */
        HealthPart: {
            /** @description What about it, as a stable word. */
            code: string;
            /** @description Which: a stable word such as `state`, `audit`, `disk`, `certificate`, `jobs`, `lake`. */
            id: string;
            /** @description What to do about it, in the language of the account. */
            next_step?: string;
            /** @description Since when it has been so, as far as this process knows. */
            since: components["schemas"]["Time"];
            /** @description How it is. */
            state: components["schemas"]["HealthState"];
            /** @description The same as a sentence, in the language of the account. */
            what: string;
        };
        /**
         * @description How a part is. Unknown is never drawn as ok.
         * @enum {string}
         */
        HealthState: "degraded" | "failed" | "ok" | "unknown";
        /** @description An indicator that hit a host. */
        HitIndicator: {
            /** @description Its kind. */
            kind: string;
            /** @description What it matches. Text from outside. */
            value: string;
        };
        /** @description An affected release that ran on a host. */
        HitRelease: {
            /** @description The product. Text from outside. */
            product: string;
            /** @description Its version. Text from outside. */
            version: string;
        };
        /** @description A host that there are records of. */
        Host: {
            /**
             * Format: int64
             * @description How many events.
             */
            events: number;
            /** @description When its first record is from. */
            first?: components["schemas"]["Time"];
            /** @description Kinds of what its records show: `domain`, `sha256`, `release` and so on. */
            kinds: string[];
            /** @description When its last record is from. */
            last?: components["schemas"]["Time"];
            /** @description Its name. Text from outside. */
            name: string;
            /** @description Its organisation. Text from outside. */
            org: string;
            /**
             * Format: int64
             * @description How many releases of programs were seen to run on it.
             */
            releases: number;
        };
        /** @description A host with all that is known of it. */
        HostDetail: {
            /** @description The host. */
            host: components["schemas"]["Host"];
            /** @description What its records show, by kind. */
            kinds: components["schemas"]["SpanOf"][];
            /** @description Releases of programs that were seen to run on it: the first 2,000, by product. */
            releases: components["schemas"]["HostRelease"][];
            /** @description Its records, by class and log source. */
            sources: components["schemas"]["SpanOf"][];
        };
        /** @description A page of hosts. */
        HostPage: {
            /** @description The hosts. */
            items: components["schemas"]["Host"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /** @description A release of a program on a host. */
        HostRelease: {
            /** @description When it was first seen to run. */
            first?: components["schemas"]["Time"];
            /** @description When last. */
            last?: components["schemas"]["Time"];
            /** @description The product, as its version resource names it. Text from outside. */
            product: string;
            /** @description Its version. Text from outside. */
            version: string;
        };
        /**
         * @description How a host is, as far as this case goes. Nobody has looked means unknown, and unknown is not clear.
         * @enum {string}
         */
        HostVerdict: "clear" | "hit" | "not_applicable" | "unknown";
        /** @description What a question came to. */
        HuntAnswer: {
            /** @description The columns. */
            columns: components["schemas"]["HuntColumn"][];
            /** @description Whether there are more rows than were asked for, or than an answer holds. */
            cut: boolean;
            /** @description The rows, a text for each column or null; times in UTC. A text is cut after 4,000 characters. Text from outside. */
            rows: (string | null)[][];
            /**
             * Format: int64
             * @description How long it took, in milliseconds.
             */
            took_ms: number;
        };
        /** @description A column of an answer. */
        HuntColumn: {
            /** @description Its name. Text from outside. */
            name: string;
            /** @description Whether its values are numbers. */
            number: boolean;
        };
        /** @description What can be asked. */
        HuntGuide: {
            /** @description Hunts that are ready. */
            ready: components["schemas"]["ReadyHunt"][];
            /** @description Tables and views; none where there is no lake to ask. */
            tables: components["schemas"]["HuntTable"][];
        };
        /** @description A question. */
        HuntNew: {
            /** @description What it is for; the audit log keeps it. */
            purpose: string;
            /**
             * Format: int32
             * @description Rows at most: 1,000 unless said otherwise, and 5,000 at most.
             */
            rows?: number;
            /** @description One `SELECT`. */
            sql: string;
        };
        /** @description A table or view that can be asked. */
        HuntTable: {
            /** @description Its columns. */
            columns: string[];
            /** @description Its name. */
            name: string;
        };
        /**
         * @description What becomes of an indicator.
         * @enum {string}
         */
        IndicatorUse: "left_out" | "not_indexed" | "usable";
        /** @description A set of indicators: those of one advisory. */
        Intel: {
            /** @description When it was added here. */
            added?: components["schemas"]["Time"];
            /** @description The name of whoever added it. */
            added_by?: string;
            /**
             * Format: int64
             * @description Alerts of its indicators, whatever became of them.
             */
            alerts: number;
            /** @description How its last check came out; nothing where there was none. */
            checked?: components["schemas"]["Checked"];
            /**
             * Format: int64
             * @description Those whose time is over by their own word; they are looked for all the same.
             */
            expired: number;
            /** @description The advisory's id; of a file that was named at the start one that is made of its name. */
            id: string;
            /**
             * Format: int64
             * @description Indicators in it.
             */
            indicators: number;
            /** @description Those that are looked for, by kind, most first. */
            kinds: components["schemas"]["IntelCount"][];
            /** @description When one of them last hit. */
            last?: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Those that would only make noise, and are not looked for.
             */
            left_out: number;
            /**
             * Format: int64
             * @description Those that nobody has closed.
             */
            open_alerts: number;
            /** @description Where it is from. */
            origin: components["schemas"]["IntelOrigin"];
            /** @description When it was published. */
            published?: components["schemas"]["Time"];
            /** @description Who published it; may be empty. Text from outside. */
            source: string;
            /** @description What it is about. Text from outside. */
            title: string;
            /** @description With whom it may be shared; nothing where nobody said. */
            tlp?: components["schemas"]["Tlp"];
            /** @description The latest time up to which one of them says that it means something; nothing where one has no end. */
            valid_until?: components["schemas"]["Time"];
            /** @description Whether every record that comes is held against it. */
            watched: boolean;
        };
        /** @description How many indicators of a kind. */
        IntelCount: {
            /**
             * Format: int64
             * @description How many.
             */
            count: number;
            /** @description The kind, as in [`AdvisoryIndicator`](crate::AdvisoryIndicator). */
            kind: string;
        };
        /**
         * @description Where a set of indicators is from.
         * @enum {string}
         */
        IntelOrigin: "built_in" | "file" | "own";
        /** @description A page of sets of indicators. */
        IntelPage: {
            /** @description The sets. */
            items: components["schemas"]["Intel"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /** @description A job. */
        Job: {
            /**
             * Format: int32
             * @description How often it began.
             */
            attempts: number;
            /** @description When it was asked for. */
            created: components["schemas"]["Time"];
            /** @description Who asked for it. */
            created_by: components["schemas"]["Actor"];
            /** @description When it ended. */
            finished?: components["schemas"]["Time"];
            /** @description UUIDv7. */
            id: string;
            /** @description What is done: a stable word such as `audit.verify`. */
            kind: string;
            /** @description How much is done. */
            progress: components["schemas"]["JobProgress"];
            /** @description Why it failed, as a stable word or a sentence. */
            reason?: string;
            /** @description What came out, in the form that its kind has. */
            result?: Record<string, never>;
            /** @description When it last began. */
            started?: components["schemas"]["Time"];
            /** @description How far it is. */
            state: components["schemas"]["JobState"];
        };
        /** @description A page of jobs. */
        JobPage: {
            /** @description The jobs. */
            items: components["schemas"]["Job"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /** @description How much of a job is done. */
        JobProgress: {
            /**
             * Format: int64
             * @description Steps done.
             */
            done: number;
            /**
             * Format: int64
             * @description Steps in all, where that is known.
             */
            total?: number;
        };
        /**
         * @description How far a job is.
         * @enum {string}
         */
        JobState: "cancelled" | "done" | "failed" | "queued" | "running";
        /**
         * @description A language of the console and of pages.
         * @enum {string}
         */
        Locale: "en" | "vi";
        /** @description `POST /login`. */
        LoginForm: {
            /**
             * @description A code of the authenticator, for accounts that have one.
             * @default
             */
            code: string;
            /**
             * @description The name of the account.
             * @default
             */
            name: string;
            /**
             * @description The path to go to.
             * @default
             */
            next: string;
            /**
             * @description The password.
             * @default
             */
            password: string;
        };
        /** @description A release of a product that an advisory names. */
        NamedRelease: {
            /** @description Whether it is affected; null where that cannot be said. */
            affected: boolean | null;
            /**
             * Format: int64
             * @description On how many hosts it ran.
             */
            hosts: number;
            /** @description The product. Text from outside. */
            product: string;
            /** @description Its version. Text from outside. */
            version: string;
        };
        /** @description A host that enrolled. What it says of itself is text from outside. */
        Node: {
            /** @description From which address. */
            address: string;
            /** @description When it enrolled last. */
            enrolled: components["schemas"]["Time"];
            /** @description What it calls itself: there is one node of each. */
            host_identifier: string;
            /** @description The host name that its records are stored under. */
            hostname: string;
            /** @description UUIDv7. */
            id: string;
            /** @description When it last sent an inventory that it was asked for. */
            inventory?: components["schemas"]["Time"];
            /** @description Its operating system and the version of it. */
            os: string;
            /** @description `darwin`, `linux` or `windows`; empty where it said nothing that is known. */
            platform: string;
            /** @description When it was revoked: it can send nothing, and not enrol again. */
            revoked?: components["schemas"]["Time"];
            /** @description When it was last heard of, to the minute. */
            seen: components["schemas"]["Time"];
            /** @description The name of the token that it enrolled with. */
            token: string;
            /** @description The version of osquery. */
            version: string;
        };
        /** @description A change of a node. */
        NodeChange: {
            /** @description Whether it is revoked. Its key counts no more in either case: who is let in again enrols again. */
            revoked: boolean;
        };
        /** @description A page of nodes. */
        NodePage: {
            /** @description The nodes. */
            items: components["schemas"]["Node"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /**
         * @description What osquery is answered. It reads members and no status: `error` is what makes it send once more.
         *
         *     Source: osquery, "Remote API"; `osquery/remote/utility.h`.
         */
        OsqueryAnswer: {
            /** @description Why a request was not taken, in English. */
            error?: string;
            /** @description Whether the key counts no more, so that the client has to enrol. */
            node_invalid: boolean;
            /** @description The key of a client that enrolled. Only its hash is kept. */
            node_key?: string;
            /** @description Options by their names, as text. */
            options?: {
                [key: string]: string;
            };
            /** @description Queries that run now, by their names. */
            queries?: {
                [key: string]: string;
            };
            /** @description Queries that run again and again, by their names. */
            schedule?: {
                [key: string]: components["schemas"]["OsqueryScheduled"];
            };
        };
        /** @description A query that runs again and again. */
        OsqueryScheduled: {
            /** @description What it is for. */
            description?: string;
            /**
             * Format: int32
             * @description Seconds between two runs.
             */
            interval: number;
            /** @description Platforms, with commas between; on all without. */
            platform?: string;
            /** @description In SQL. */
            query: string;
            /** @description Whether rows that are gone are told, too. */
            removed?: boolean;
        };
        /** @description Records that were refused. */
        OtlpPartialSuccess: {
            /** @description Why the last of them was refused, in English. */
            errorMessage: string;
            /** @description How many: a 64-bit number, which this mapping writes as text. */
            rejectedLogRecords: string;
        };
        /**
         * @description What became of records that came as `ExportLogsServiceRequest`.
         *
         *     Source: OpenTelemetry Protocol, "OTLP/HTTP Response"; opentelemetry-proto `logs_service.proto`.
         */
        OtlpReceived: {
            /** @description Where records were refused; the others were taken. */
            partialSuccess?: components["schemas"]["OtlpPartialSuccess"];
        };
        /**
         * @description In what two cases are alike.
         * @enum {string}
         */
        OverlapKind: "host" | "product" | "rule";
        /** @description A new password. */
        PasswordChange: {
            /** @description The present one. */
            current: string;
            /** @description The new one. */
            new: string;
        };
        /** @description An answer that is an error, as `application/problem+json`. */
        Problem: {
            /** @description A stable word. */
            code: components["schemas"]["ProblemCode"];
            /** @description More, in English, for those who read the answer raw. */
            detail?: string;
            /** @description The values that cannot be taken. */
            fields?: components["schemas"]["FieldProblem"][];
            /**
             * Format: int32
             * @description The status of HTTP.
             */
            status: number;
            /** @description A short English title. */
            title: string;
            /** @description `about:blank`: the code says it all. */
            type: string;
        };
        /**
         * @description A stable word for what went wrong; the console says it in words (`console.problem.<code>`).
         * @enum {string}
         */
        ProblemCode: "bad_request" | "changed" | "cross_site" | "forbidden" | "internal" | "invalid" | "job_ended" | "last_admin" | "method_not_allowed" | "misdirected" | "name_taken" | "no_lake" | "no_room" | "not_found" | "overloaded" | "rate_limited" | "scope_missing" | "timeout" | "too_large" | "too_many_streams" | "unauthenticated" | "unsupported_media_type" | "wrong_code" | "wrong_password";
        /** @description A hunt that is ready to be run. */
        ReadyHunt: {
            /** @description Its name. */
            id: string;
            /** @description The question. */
            sql: string;
            /** @description What it shows, in the language of who asks. */
            title: string;
        };
        /** @description What became of records: they are on disk, and will be in the lake. */
        Received: {
            /**
             * Format: int64
             * @description How many lines with something in them there were.
             */
            records: number;
            /** @description Whether a request with the same `Idempotency-Key` was taken before; then nothing was taken now. */
            repeated: boolean;
        };
        /**
         * @description A role. Each has what those before it have.
         * @enum {string}
         */
        Role: "viewer" | "analyst" | "responder" | "approver" | "admin";
        /** @description A rule. */
        Rule: {
            /** @description When it was added here, or last replaced. */
            added?: components["schemas"]["Time"];
            /** @description The name of whoever did. */
            added_by?: string;
            /**
             * Format: int64
             * @description Alerts of it that there are, whatever became of them.
             */
            alerts: number;
            /** @description Who wrote it; may be empty. Text from outside. */
            author: string;
            /** @description The category. */
            category: string;
            /** @description The file it is in; empty for one that somebody added here. Text from outside. */
            file: string;
            /** @description Its own id where that is unique and plain, else one that is made for it. */
            id: string;
            /** @description What alerts call it: its own id, or its title. Text from outside. */
            key: string;
            /** @description What it is. */
            kind: components["schemas"]["RuleKind"];
            /** @description When it last hit, by the events of its alerts. */
            last?: components["schemas"]["Time"];
            /** @description Why it is left out. */
            left_out?: components["schemas"]["RuleFault"];
            /** @description Its licence, where it says one; may be empty. Text from outside. */
            license: string;
            /** @description The day it was last changed, or written, by its own word. */
            modified?: components["schemas"]["Time"];
            /** @description Why it is off. */
            off?: components["schemas"]["RuleOff"];
            /**
             * Format: int64
             * @description Those that nobody has closed.
             */
            open_alerts: number;
            /** @description Where it is from. */
            origin: components["schemas"]["RuleOrigin"];
            /** @description The log source that it asks for: product, category and service, each may be empty. Text from outside. */
            product: string;
            /** @description The service. */
            service: string;
            /** @description How severe what it finds is; nothing for a filter. */
            severity?: components["schemas"]["Severity"];
            /** @description Whether it is looked for. */
            state: components["schemas"]["RuleState"];
            /** @description How mature it is, as it says: `stable`, `test`, `experimental`; may be empty. Text from outside. */
            status: string;
            /** @description Techniques of ATT&CK. */
            techniques: string[];
            /** @description What it is called. Text from outside. */
            title: string;
            /**
             * Format: int64
             * @description Goes up with each change of it here; to be given back by whoever changes it.
             */
            version: number;
        };
        /**
         * @description What somebody did to a rule.
         * @enum {string}
         */
        RuleAct: "added" | "removed" | "replaced" | "turned_off" | "turned_on";
        /** @description A test case that ships with a rule, run just now. */
        RuleCase: {
            /** @description Whether the rule has to fire on it; else it must not. */
            hit: boolean;
            /** @description What it is about. */
            name: string;
            /** @description Whether it came out so. */
            passed: boolean;
        };
        /** @description One change of a rule. */
        RuleChange: {
            /** @description What. */
            act: components["schemas"]["RuleAct"];
            /** @description Who. */
            by: string;
            /** @description Why; may be empty. */
            reason: string;
            /** @description When. */
            time: components["schemas"]["Time"];
            /** @description Until when it was to be off. */
            until?: components["schemas"]["Time"];
        };
        /** @description Findings of a rule on one day (UTC). */
        RuleDay: {
            /** @description The day, such as `2026-03-22`. */
            day: string;
            /**
             * Format: int64
             * @description Findings.
             */
            hits: number;
            /**
             * Format: int64
             * @description Hosts they were on.
             */
            hosts: number;
        };
        /** @description A rule with all that is known of it. */
        RuleDetail: {
            /** @description Its test cases, where it ships with some. */
            cases: components["schemas"]["RuleCase"][];
            /** @description What it looks for and why. Text from outside. */
            description: string;
            /** @description Known benign causes. Text from outside. */
            false_positives: string[];
            /** @description What was done to it here, the latest first. */
            history: components["schemas"]["RuleChange"][];
            /** @description Sources and further reading. Text from outside. */
            references: string[];
            /** @description The rule. */
            rule: components["schemas"]["Rule"];
            /** @description Of a correlation: what it stands on. */
            stands_on: components["schemas"]["RuleRef"][];
            /** @description Tags. Text from outside. */
            tags: string[];
            /** @description Its last test on what is stored. */
            test?: components["schemas"]["RuleTest"];
            /** @description Its text in YAML. Text from outside. */
            text: string;
            /** @description Correlations that stand on it: they stop with it. */
            used_by: components["schemas"]["RuleRef"][];
        };
        /** @description What was read in one document. */
        RuleDocument: {
            /** @description What is wrong with it; nothing where it can be loaded. */
            fault?: components["schemas"]["RuleFault"];
            /** @description What it is; nothing where that is not known. */
            kind?: components["schemas"]["RuleKind"];
            /**
             * Format: int64
             * @description The line of the text on which it begins, the first being 1.
             */
            line: number;
            /** @description How severe what it finds is. */
            severity?: components["schemas"]["Severity"];
            /** @description Its title; may be empty. Text from outside. */
            title: string;
        };
        /** @description What is wrong with a rule, and where. */
        RuleFault: {
            /**
             * @description A stable word: `malformed`, `missing-reference`, `missing-placeholder`, `unsupported`, `unused`, and for what
             *     somebody adds `filter`, `global`, `id_taken`, `id_twice`, `no_title`, `too_long` and `too_many_patterns`.
             */
            code: string;
            /** @description What is wrong, in English. Text from outside may be in it. */
            detail: string;
            /**
             * Format: int64
             * @description The line of the text, the first being 1.
             */
            line: number;
        };
        /** @description What a rule found in the last 30 days, by what the lake has. */
        RuleHits: {
            /** @description Days on which there were any, the earliest first. */
            days: components["schemas"]["RuleDay"][];
            /**
             * Format: int64
             * @description Findings in all.
             */
            hits: number;
            /**
             * Format: int64
             * @description Hosts in all.
             */
            host_count: number;
            /** @description The hosts with most of them: up to 200. */
            hosts: components["schemas"]["RuleHost"][];
            /** @description From when on. */
            since: components["schemas"]["Time"];
        };
        /** @description Findings of a rule on one host. */
        RuleHost: {
            /** @description The first of them in this time. */
            first?: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Findings.
             */
            hits: number;
            /** @description The host. Text from outside. */
            host: string;
            /** @description The last. */
            last?: components["schemas"]["Time"];
        };
        /**
         * @description What a rule is.
         * @enum {string}
         */
        RuleKind: "correlation" | "filter" | "rule";
        /** @description Why a rule is off. */
        RuleOff: {
            /** @description The name of whoever turned it off. */
            by: string;
            /** @description Why, as somebody wrote it. */
            reason: string;
            /** @description Since when. */
            since: components["schemas"]["Time"];
            /** @description Until when; without it until somebody turns it on. */
            until?: components["schemas"]["Time"];
        };
        /**
         * @description Where a rule is from.
         * @enum {string}
         */
        RuleOrigin: "built_in" | "file" | "own";
        /** @description A page of rules. */
        RulePage: {
            /** @description The rules. */
            items: components["schemas"]["Rule"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /** @description What was read in a text. */
        RulePreview: {
            /** @description Its documents. */
            documents: components["schemas"]["RuleDocument"][];
            /**
             * Format: int64
             * @description How many of them can be loaded. They are added together or not at all.
             */
            usable: number;
        };
        /** @description Rules that are to be read without being kept. */
        RulePreviewNew: {
            /** @description The id of the rule whose place it is to take. */
            instead?: string;
            /** @description The text. */
            text: string;
        };
        /** @description Another rule. */
        RuleRef: {
            /** @description Its id. */
            id: string;
            /** @description Whether it is looked for. */
            state: components["schemas"]["RuleState"];
            /** @description Its title. Text from outside. */
            title: string;
        };
        /** @description A text in place of the one that a rule has. */
        RuleReplace: {
            /** @description One document, with the same id. */
            text: string;
            /**
             * Format: int64
             * @description The version that was looked at; another means that somebody else was faster.
             */
            version: number;
        };
        /**
         * @description Whether a rule is looked for.
         * @enum {string}
         */
        RuleState: "left_out" | "off" | "on" | "stopped";
        /** @description Turns a rule off or on. */
        RuleSwitch: {
            /** @description Whether it is to be looked for. */
            on: boolean;
            /** @description Why. */
            reason: string;
            /** @description Until when it is off; without it until somebody turns it on. */
            until?: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description The version that was looked at; another means that somebody else was faster.
             */
            version: number;
        };
        /** @description A test. */
        RuleTest: {
            /**
             * Format: int32
             * @description How many days back.
             */
            days: number;
            /** @description UUIDv7. */
            id: string;
            /** @description The job that does it. */
            job: components["schemas"]["Job"];
            /** @description What it came to, once the job is done. */
            result?: components["schemas"]["RuleTestResult"];
            /** @description The id of the rule; nothing where a text was tried. */
            rule?: string;
        };
        /** @description Tries a rule, or a text that is not added, on what is stored. */
        RuleTestNew: {
            /**
             * Format: int32
             * @description How many days back: 1 to 30.
             */
            days: number;
            /** @description The id of a rule; either this or `text`. */
            rule?: string;
            /** @description A text. */
            text?: string;
        };
        /** @description What a test came to. */
        RuleTestResult: {
            /** @description What nothing stored could have met, so that no hit says nothing of it. */
            blind: components["schemas"]["RuleFault"][];
            /** @description Columns of the first rows. */
            columns: components["schemas"]["HuntColumn"][];
            /**
             * Format: int64
             * @description Events that were looked at.
             */
            events: number;
            /**
             * Format: int64
             * @description What would have been found.
             */
            hits: number;
            /**
             * Format: int64
             * @description On how many hosts.
             */
            host_count: number;
            /** @description The hosts with most of it: up to 100. */
            hosts: components["schemas"]["RuleHost"][];
            /** @description Rules of the text that could not be loaded. */
            left_out: components["schemas"]["RuleFault"][];
            /** @description The first rows: up to 50. Text from outside. */
            rows: (string | null)[][];
            /** @description The first moment that was looked at. */
            since: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description How long it took, in milliseconds.
             */
            took_ms: number;
            /** @description The moment before which was looked. */
            until: components["schemas"]["Time"];
        };
        /** @description Rules in YAML, in one document or several. */
        RuleText: {
            /** @description The text. */
            text: string;
        };
        /** @description Rules that were added. */
        RulesAdded: {
            /** @description The rules. */
            items: components["schemas"]["Rule"][];
        };
        /**
         * @description What a machine token may do. A token has no role: what its scopes do not name, it cannot do.
         * @enum {string}
         */
        Scope: "advisories:read" | "advisories:write" | "alerts:read" | "allow-list:read" | "audit:read" | "cases:read" | "cases:write" | "events:write" | "health:read" | "hunt:run" | "inventory:read" | "jobs:read" | "jobs:write" | "live:read" | "metrics:read" | "nodes:enroll" | "rules:read" | "rules:write" | "updates:read" | "updates:write";
        /** @description An indicator that was seen. */
        SeenIndicator: {
            /** @description When it was first seen. */
            first?: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description On how many hosts.
             */
            hosts: number;
            /** @description Its kind. */
            kind: string;
            /** @description What it matches. Text from outside. */
            value: string;
        };
        /** @description Who is signed in, and at what. */
        Session: {
            /** @description Who. */
            account: components["schemas"]["SessionAccount"];
            /** @description The name of the organisation, from the configuration. */
            organisation: string;
            /** @description Whether what is shown is simulated. */
            synthetic: boolean;
            /** @description The version of the server. */
            version: string;
        };
        /** @description One's own account. */
        SessionAccount: {
            /** @description What is shown. */
            display_name: string;
            /** @description UUIDv7. */
            id: string;
            /** @description Language. */
            locale: components["schemas"]["Locale"];
            /** @description What is typed to sign in. */
            name: string;
            /** @description What it may do. */
            role: components["schemas"]["Role"];
            /** @description Colours. */
            theme: components["schemas"]["Theme"];
            /** @description Whether signing in asks for a code of an authenticator. */
            totp: boolean;
        };
        /** @description The session after a change. */
        SessionAnswer: {
            /** @description The session. */
            session: components["schemas"]["Session"];
            /** @description The new secret, after `begin`. Shown once. */
            totp_enrolment?: components["schemas"]["TotpEnrolment"];
        };
        /** @description What to change of one's own account; what is missing stays as it is. */
        SessionChange: {
            /** @description Language. */
            locale?: components["schemas"]["Locale"];
            /** @description A new password; ends one's other sessions. */
            password?: components["schemas"]["PasswordChange"];
            /** @description Colours. */
            theme?: components["schemas"]["Theme"];
            /** @description Codes of an authenticator. */
            totp?: components["schemas"]["TotpChange"];
        };
        /** @description `POST /setup/{token}`. */
        SetupForm: {
            /**
             * @description The same again.
             * @default
             */
            again: string;
            /**
             * @description What is shown; asked for only when the first account is made.
             * @default
             */
            display_name: string;
            /**
             * @description The name of the account; asked for only when the first one is made.
             * @default
             */
            name: string;
            /**
             * @description The new password.
             * @default
             */
            password: string;
        };
        /** @description A link that sets a password, once. */
        SetupLink: {
            /** @description Until when it works: 24 hours. */
            expires: components["schemas"]["Time"];
            /** @description The path on this server, such as `/setup/…`. Shown once; only its hash is kept. */
            path: string;
        };
        /**
         * @description A severity, as Sigma has them.
         * @enum {string}
         */
        Severity: "informational" | "low" | "medium" | "high" | "critical";
        /** @description Records of one kind of source. */
        SourceCount: {
            /**
             * Format: int64
             * @description How many events.
             */
            events: number;
            /**
             * Format: int64
             * @description Of how many hosts.
             */
            hosts: number;
            /** @description The class and log source, such as `dns (windows sysmon)`. Text from outside. */
            source: string;
        };
        /** @description From when to when, and how often. */
        SpanOf: {
            /**
             * Format: int64
             * @description Events.
             */
            count: number;
            /** @description First time. */
            first?: components["schemas"]["Time"];
            /** @description Last time. */
            last?: components["schemas"]["Time"];
            /** @description Of what: a kind of observable, or a class and log source. Text from outside. */
            of: string;
        };
        /** @description The story of a case. */
        Story: {
            /** @description The columns that there is something in, from left to right. */
            columns: components["schemas"]["StoryColumn"][];
            /** @description The steps. */
            edges: components["schemas"]["StoryEdge"][];
            /**
             * Format: int32
             * @description The picture's height.
             */
            height: number;
            /**
             * Format: int32
             * @description The height of a node.
             */
            node_height: number;
            /**
             * Format: int32
             * @description The width of a node.
             */
            node_width: number;
            /** @description The things. */
            nodes: components["schemas"]["StoryNode"][];
            /**
             * Format: int32
             * @description The picture's width.
             */
            width: number;
        };
        /** @description A column of the picture. */
        StoryColumn: {
            /**
             * Format: int32
             * @description How many things it stands for, folded ones included.
             */
            count: number;
            /** @description What stands in it. */
            kind: components["schemas"]["StoryKind"];
            /**
             * Format: int32
             * @description Its left edge.
             */
            x: number;
        };
        /** @description A step from one thing to the next. */
        StoryEdge: {
            /** @description From this node. */
            from: string;
            /** @description Whether it follows from an alert as a whole, and no event shows both ends. */
            inferred: boolean;
            /** @description To this one. */
            to: string;
        };
        /**
         * @description What a node stands for; also the order of the columns.
         * @enum {string}
         */
        StoryKind: "intel" | "signer" | "version" | "file" | "host" | "process" | "network";
        /** @description A thing in the story. */
        StoryNode: {
            /** @description Ids of the first alerts that tell of it. */
            alerts: string[];
            /**
             * Format: int32
             * @description How many things it stands for, where they are folded into one; else 0.
             */
            folded: number;
            /** @description Its name within this picture. */
            id: string;
            /** @description What it stands for. */
            kind: components["schemas"]["StoryKind"];
            /** @description What it is called. Text from outside; empty where it stands for several. */
            label: string;
            /** @description Whether an alert is about it itself, and not only mentions it. */
            marked: boolean;
            /** @description Whether it is of others: no host or program of ours. */
            outside: boolean;
            /**
             * Format: int32
             * @description Its left edge.
             */
            x: number;
            /**
             * Format: int32
             * @description Its upper edge.
             */
            y: number;
        };
        /** @description What it was done to. */
        Target: {
            /** @description Its id; empty where there is only one. */
            id: string;
            /** @description What kind: account, token, job, session, state, server. */
            kind: string;
        };
        /**
         * @description Colours of the console.
         * @enum {string}
         */
        Theme: "auto" | "dark" | "high_contrast" | "light";
        /**
         * Format: date-time
         * @description RFC 3339, UTC, with milliseconds
         */
        Time: string;
        /**
         * @description With whom an advisory may be shared: a label of TLP 2.0.
         * @enum {string}
         */
        Tlp: "amber" | "amber+strict" | "clear" | "green" | "red";
        /** @description A token, without its secret. */
        Token: {
            /** @description When it was made. */
            created: components["schemas"]["Time"];
            /** @description Who made it: the name of the account. */
            created_by: string;
            /** @description From when on it does not work any more. */
            expires?: components["schemas"]["Time"];
            /** @description UUIDv7. */
            id: string;
            /** @description When it was last used, to the minute. */
            last_used?: components["schemas"]["Time"];
            /** @description What it is for. */
            name: string;
            /** @description When it was revoked. */
            revoked?: components["schemas"]["Time"];
            /** @description What it may do. */
            scopes: components["schemas"]["Scope"][];
        };
        /** @description A new token with its secret. */
        TokenCreated: {
            /** @description `khn_<id>_<secret>`, for `Authorization: Bearer`. Shown once; only its hash is kept. */
            secret: string;
            /** @description The token. */
            token: components["schemas"]["Token"];
        };
        /** @description A new token. */
        TokenNew: {
            /**
             * Format: int32
             * @description After how many days it stops working; without, never.
             */
            days?: number;
            /** @description What it is for. */
            name: string;
            /** @description What it may do; at least one. */
            scopes: components["schemas"]["Scope"][];
        };
        /** @description A page of tokens. */
        TokenPage: {
            /** @description The tokens. */
            items: components["schemas"]["Token"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /**
         * @description What to do with the codes of an authenticator.
         * @enum {string}
         */
        TotpAction: "begin" | "confirm" | "remove";
        /** @description A change of the codes of an authenticator. */
        TotpChange: {
            /** @description What to do. */
            action: components["schemas"]["TotpAction"];
            /** @description A code, for `confirm`. */
            code?: string;
            /** @description The present password, for `begin` and `remove`. */
            password?: string;
        };
        /** @description What an authenticator needs. */
        TotpEnrolment: {
            /** @description The secret in base 32, to be typed. */
            secret: string;
            /** @description The same as `otpauth://` address, to be drawn as a code. */
            uri: string;
        };
        /** @description Why some hosts are unknown. */
        UnknownWhy: {
            /**
             * Format: int64
             * @description How many hosts.
             */
            hosts: number;
            /**
             * @description Kinds of what their records do not show, such as `sha256`, `registry`, `release`; where there is none, a part of
             *     what was asked could be looked for nowhere, or a version does not compare.
             */
            lacking: string[];
            /** @description The first of them. Text from outside. */
            names: string[];
        };
        /** @description An update. */
        Update: {
            /** @description When it arrived. */
            arrived: components["schemas"]["Time"];
            /** @description Who sent it; the system where it lay in the watched folder. */
            by: components["schemas"]["Actor"];
            /** @description The last trusted release that it was compared with: its version, else its name. Text from outside. */
            compared_with?: string;
            /**
             * @description It was passed, and vetting says worse of it now than it said then: somebody has to decide again. It stands
             *     as it was decided until then.
             */
            contested: boolean;
            /** @description What was decided last. */
            decision?: components["schemas"]["UpdateDecision"];
            /**
             * @description Why it could not be read, as a stable word or a sentence in English. Where its state is `done`, why it could not
             *     be read again: what is said of it is as it was before.
             */
            failure?: string;
            /** @description The gravest reason: a kind such as `signature.unsigned-bytes`. */
            first_reason?: string;
            /** @description The same as a title, in the language of the account. */
            first_reason_title?: string;
            /** @description UUIDv7. */
            id: string;
            /** @description Whether the server still has its bytes: without them it cannot be read again. */
            kept: boolean;
            /** @description The name of its file. Text from outside. */
            name: string;
            /** @description How. */
            origin: components["schemas"]["UpdateOrigin"];
            /** @description The product: as whoever sent it says, else as it says itself; empty where nobody does, and before it was read. Text from outside. */
            product: string;
            /** @description The publisher that it states. Text from outside; the signers are in the dossier. */
            publisher?: string;
            /** @description When it was read. */
            read?: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Grows with each decision and each reading; a decision names the one that was looked at.
             */
            revision: number;
            /**
             * Format: double
             * @description How much speaks against it, in bits: from 6 on it is held, from 16 blocked.
             */
            score?: number;
            /** @description SHA-256 of its bytes, in hexadecimal. */
            sha256: string;
            /**
             * Format: int64
             * @description How many bytes.
             */
            size: number;
            /** @description Where it stands now. */
            standing: components["schemas"]["UpdateStanding"];
            /** @description How far reading is. */
            state: components["schemas"]["UpdateState"];
            /** @description What vetting says; nothing before it was read. */
            verdict?: components["schemas"]["UpdateVerdict"];
            /** @description The version that it states. Text from outside. */
            version?: string;
        };
        /**
         * @description What may be rolled out: updates that somebody passed, as long as that counts. What nobody decided, what is held,
         *     blocked or lapsed is never here.
         */
        UpdateAllowList: {
            /** @description The updates, by SHA-256. */
            items: components["schemas"]["AllowedUpdate"][];
            /** @description `khien.allow-list/1`. */
            schema: string;
        };
        /** @description What one program can do beside what it could do before. */
        UpdateCapability: {
            /** @description The earlier file that it continues; nothing for one that is new. Text from outside. */
            before?: string;
            /** @description What it can do now and could not before: the first 40. */
            gained: components["schemas"]["UpdateTrait"][];
            /** @description What it could do before and can do now: the first 40. */
            kept: components["schemas"]["UpdateTrait"][];
            /** @description What it could do before and cannot do now: the first 40. */
            lost: components["schemas"]["UpdateTrait"][];
            /** @description The file. Text from outside. */
            path: string;
        };
        /** @description Counts of files by what happened to them. */
        UpdateChanges: {
            /**
             * Format: int64
             * @description New.
             */
            added: number;
            /**
             * Format: int64
             * @description Changed.
             */
            changed: number;
            /**
             * Format: int64
             * @description Gone.
             */
            removed: number;
            /**
             * Format: int64
             * @description Byte for byte as before.
             */
            same: number;
        };
        /**
         * @description What somebody decides.
         * @enum {string}
         */
        UpdateChoice: "block" | "hold" | "pass";
        /** @description What somebody decides. */
        UpdateDecide: {
            /** @description What. To pass what vetting does not pass, or what somebody blocked, takes an approver. */
            decision: components["schemas"]["UpdateChoice"];
            /** @description The account that answers for it; else whoever decides. */
            owner?: string;
            /** @description Why. */
            reason: string;
            /**
             * Format: int64
             * @description The revision that was looked at.
             */
            revision: number;
            /** @description Until when it counts. A hold needs one, else it rots. */
            until?: components["schemas"]["Time"];
        };
        /** @description A decision. */
        UpdateDecision: {
            /** @description When. */
            at: components["schemas"]["Time"];
            /** @description Who decided. */
            by: components["schemas"]["Actor"];
            /** @description What. */
            decision: components["schemas"]["UpdateChoice"];
            /** @description The account that answers for it. */
            owner: string;
            /** @description Why. */
            reason: string;
            /** @description Until when it counts; nothing means for good. */
            until?: components["schemas"]["Time"];
            /** @description What vetting said then; nothing where it had not been read. */
            verdict?: components["schemas"]["UpdateVerdict"];
        };
        /** @description An update with its dossier, its decisions, and where it was seen. */
        UpdateDetail: {
            /** @description All decisions, the last first. */
            decisions: components["schemas"]["UpdateDecision"][];
            /** @description What vetting found; nothing before it was read. */
            dossier?: components["schemas"]["UpdateDossier"];
            /** @description The last 20 updates of the product, this one among them where it is one of these, in the order in which they arrived. */
            drift: components["schemas"]["UpdateDrift"][];
            /** @description The reading that was asked for last. */
            job?: components["schemas"]["Job"];
            /** @description Where it was seen; nothing where nobody asked. Its hosts are a list of their own. */
            trace?: components["schemas"]["AdvisoryAnswer"];
            /** @description The trace that was asked for last. */
            trace_job?: components["schemas"]["Job"];
            /** @description The update. */
            update: components["schemas"]["Update"];
        };
        /** @description The whole report on an update, as `khien vet --json` writes it (`khien.vet/1`). */
        UpdateDocument: Record<string, never>;
        /** @description What vetting found, within bounds; the whole is in `/api/v1/updates/{id}/dossier`. */
        UpdateDossier: {
            /** @description The corpus that base rates were counted over, and when. */
            base_rates: string;
            /**
             * Format: double
             * @description From how many on it is blocked.
             */
            block_bits: number;
            /** @description Programs that changed or are new, where what they can do is not what it was: the first 100. */
            capabilities: components["schemas"]["UpdateCapability"][];
            /**
             * Format: int64
             * @description How many there are.
             */
            capability_count: number;
            /** @description Counts of files. */
            changes: components["schemas"]["UpdateChanges"];
            /** @description How far the comparison of code can be trusted, as a sentence in the language of the account. */
            code: string;
            /** @description Whether everything could be looked at. */
            complete: boolean;
            /** @description Trusted releases that it was compared with, oldest first: the last 20. */
            earlier: components["schemas"]["UpdateRelease"][];
            /**
             * Format: int64
             * @description How many there were.
             */
            earlier_count: number;
            /**
             * Format: int64
             * @description How many there are.
             */
            file_count: number;
            /** @description Files that changed, came or went: the first 500, programs first. */
            files: components["schemas"]["UpdateFile"][];
            /** @description There was no trusted release of this product to compare with. */
            first: boolean;
            /**
             * Format: int64
             * @description How many there are.
             */
            gap_count: number;
            /** @description What could not be looked at: the first 100. */
            gaps: components["schemas"]["UpdateGap"][];
            /**
             * Format: double
             * @description From how many bits on a release is held.
             */
            hold_bits: number;
            /** @description What that means here, as a sentence in the language of the account. */
            meaning: string;
            /** @description The version of the program that read it. */
            program: string;
            /**
             * Format: int64
             * @description How many there are.
             */
            reason_count: number;
            /** @description Why, by weight: the first 100. */
            reasons: components["schemas"]["UpdateReason"][];
            /** @description The release. */
            release: components["schemas"]["UpdateRelease"];
            /** @description The last trusted release has the very same bytes. */
            same_bytes: boolean;
            /**
             * Format: double
             * @description How much speaks against it, in bits.
             */
            score: number;
            /** @description It was read without confinement. */
            unconfined: boolean;
            /** @description What vetting says. */
            verdict: components["schemas"]["UpdateVerdict"];
        };
        /** @description An update of the same product, for a line over its releases. */
        UpdateDrift: {
            /** @description When it arrived. */
            arrived: components["schemas"]["Time"];
            /** @description The update. */
            id: string;
            /**
             * Format: double
             * @description How much spoke against it, in bits; nothing where that is not known.
             */
            score?: number;
            /** @description Where it stands. */
            standing: components["schemas"]["UpdateStanding"];
            /** @description What vetting said. */
            verdict?: components["schemas"]["UpdateVerdict"];
            /** @description Its version, else the name of its file. Text from outside. */
            version: string;
        };
        /** @description Where something is in a file. */
        UpdateEvidence: {
            /** @description What stands there, or empty. Text from outside. */
            excerpt: string;
            /**
             * Format: int64
             * @description How many bytes.
             */
            len?: number;
            /**
             * Format: int64
             * @description From which byte on.
             */
            offset?: number;
        };
        /** @description A file of the comparison. */
        UpdateFile: {
            /** @description The earlier file that it continues. Text from outside. */
            before?: string;
            /**
             * Format: int64
             * @description How many bytes that had.
             */
            before_size?: number;
            /** @description What happened to it. */
            change: components["schemas"]["UpdateFileChange"];
            /** @description Where it is. Text from outside. */
            path: string;
            /** @description Whether it is a program or library. */
            program: boolean;
            /** @description SHA-256 of its bytes. */
            sha256: string;
            /**
             * Format: int64
             * @description How many bytes.
             */
            size: number;
        };
        /**
         * @description What happened to a file.
         * @enum {string}
         */
        UpdateFileChange: "added" | "changed" | "removed" | "same";
        /** @description What could not be looked at. */
        UpdateGap: {
            /**
             * Format: int64
             * @description How many bytes.
             */
            bytes?: number;
            /** @description Why, as a stable word such as `encrypted`, `too_much_memory`, `no_earlier`. */
            code: string;
            /** @description More, in English, or empty. Text from outside. */
            detail: string;
            /** @description The file; empty for the release as a whole. Text from outside. */
            path: string;
            /** @description What would close the gap, in the language of the account. */
            step: string;
            /** @description Why, in the language of the account. */
            what: string;
        };
        /**
         * @description How it arrived.
         * @enum {string}
         */
        UpdateOrigin: "upload" | "watch";
        /** @description A page of updates. */
        UpdatePage: {
            /** @description The updates. */
            items: components["schemas"]["Update"][];
            /** @description Give it as `after` to get what follows; null at the end. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /** @description A reason. */
        UpdateReason: {
            /**
             * Format: double
             * @description What it adds to the score beside its relatives, in bits.
             */
            adds: number;
            /**
             * Format: int64
             * @description How much of it.
             */
            amount: number;
            /**
             * Format: int64
             * @description The most that an earlier release had; nothing where it had none.
             */
            before?: number;
            /** @description What would make it benign, in the language of the account. */
            benign: string;
            /**
             * Format: int32
             * @description In how many pairs of benign releases the same was seen.
             */
            benign_pairs: number;
            /**
             * Format: int32
             * @description Of how many.
             */
            benign_pairs_of: number;
            /**
             * Format: double
             * @description What it tells by itself, in bits.
             */
            bits: number;
            /** @description What it decides alone; `pass` where it is evidence only. */
            decides: components["schemas"]["UpdateChoice"];
            /** @description Where in the file: the first 3. */
            evidence: components["schemas"]["UpdateEvidence"][];
            /** @description Whether that counts bytes. */
            in_bytes: boolean;
            /**
             * Format: int32
             * @description In how many known attacks.
             */
            incidents: number;
            /**
             * Format: int32
             * @description Of how many.
             */
            incidents_of: number;
            /** @description Its kind, such as `signature.unsigned-bytes`. */
            kind: string;
            /** @description The file; empty for the release as a whole. Text from outside. */
            path: string;
            /** @description Why it counts for less, in the language of the account. */
            softened?: string;
            /** @description Techniques of ATT&CK. */
            techniques: string[];
            /** @description What it is, in the language of the account. */
            title: string;
            /** @description Which one of its kind, or empty. Text from outside. */
            value: string;
            /** @description Why it matters, in the language of the account. */
            why: string;
        };
        /** @description An update that was taken. */
        UpdateReceived: {
            /** @description Whether these bytes were there before. */
            repeated: boolean;
            /** @description It, or the one with the very same bytes that was there before. */
            update: components["schemas"]["Update"];
        };
        /** @description A release. */
        UpdateRelease: {
            /**
             * Format: int64
             * @description Files in it.
             */
            files: number;
            /** @description The name of its file. Text from outside. */
            name: string;
            /** @description The product that it states. Text from outside. */
            product?: string;
            /**
             * Format: int64
             * @description Of those, programs and libraries.
             */
            programs: number;
            /** @description The publisher that it states. Text from outside. */
            publisher?: string;
            /** @description SHA-256 of its bytes. */
            sha256: string;
            /**
             * Format: int64
             * @description Of those, the ones that carry a signature of somebody.
             */
            signed: number;
            /** @description Organisations that signed any file, most files first: the first 8. Text from outside. */
            signers: string[];
            /**
             * Format: int64
             * @description How many bytes.
             */
            size: number;
            /** @description The version that it states. Text from outside. */
            version?: string;
        };
        /**
         * @description Where an update stands now, by what was decided and what time it is.
         * @enum {string}
         */
        UpdateStanding: "blocked" | "held" | "lapsed" | "overdue" | "passed" | "undecided";
        /**
         * @description How far reading is.
         * @enum {string}
         */
        UpdateState: "done" | "failed" | "queued" | "reading";
        /** @description Something that a program can do. */
        UpdateTrait: {
            /** @description Its kind, such as `capability.network`. */
            kind: string;
            /** @description What it is, in the language of the account. */
            title: string;
            /** @description Which one of its kind, or empty. Text from outside. */
            value: string;
        };
        /**
         * @description What vetting says.
         * @enum {string}
         */
        UpdateVerdict: "block" | "hold" | "pass" | "unknown";
        /**
         * @description The four answers to "are we hit?".
         * @enum {string}
         */
        Verdict: "clear" | "hit" | "not_applicable" | "unknown";
        /** @description How many of each. */
        VerdictCounts: {
            /**
             * Format: int64
             * @description Clear.
             */
            clear: number;
            /**
             * Format: int64
             * @description Hit.
             */
            hit: number;
            /**
             * Format: int64
             * @description Not applicable.
             */
            not_applicable: number;
            /**
             * Format: int64
             * @description Unknown.
             */
            unknown: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    accounts: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "name" | "-name" | "created" | "-created";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
                /** @description Only accounts with this role */
                role?: "viewer" | "analyst" | "responder" | "approver" | "admin";
                /** @description Only accounts in this state */
                state?: "active" | "disabled" | "invited";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountPage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    account_add: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountNew"];
            };
        };
        responses: {
            /** @description all is well */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: name_taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    account_show: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    account_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: last_admin */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    account_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountChange"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: last_admin */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    account_setup_link: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SetupLink"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    advisories: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "added" | "-added" | "title" | "-title";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
                /** @description Only those whose last check came out so */
                verdict?: "clear" | "hit" | "not_applicable" | "unknown";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdvisoryPage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    advisory_add: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AdvisoryNew"];
            };
        };
        responses: {
            /** @description all is well */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Advisory"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    advisory_preview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AdvisoryText"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdvisoryReading"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    advisory_show: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdvisoryDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    advisory_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    advisory_check: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: no_lake, overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    advisory_hosts: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "rank" | "-rank" | "host" | "-host";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
                /** @description Only with this verdict */
                verdict?: "clear" | "hit" | "not_applicable" | "unknown";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdvisoryHostPage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    alerts: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "last" | "-last" | "first" | "-first" | "severity" | "-severity" | "count" | "-count" | "updated" | "-updated";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
                /** @description Only alerts in this state; `active` is open and acknowledged */
                state?: "acknowledged" | "active" | "closed" | "open" | "withdrawn";
                /** @description Only alerts of this kind */
                kind?: "correlation" | "departure" | "indicator" | "rule";
                /** @description Only alerts of this severity or above */
                severity?: "critical" | "high" | "informational" | "low" | "medium";
                /** @description Only what was seen on this host */
                host?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertPage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    alert_show: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    alert_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertChange"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    audit: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "time" | "-time";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
                /** @description Only entries with this action */
                action?: string;
                /** @description Only entries of the account, token or other actor with this name */
                actor?: string;
                /** @description Only entries about the thing with this id */
                target?: string;
                /** @description Only entries at or after this time */
                since?: string;
                /** @description Only entries before this time */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    audit_verify: {
        parameters: {
            query?: {
                /** @description A head `N:HASH` noted earlier, to hold the log against */
                head?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditVerification"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cases: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "created" | "-created" | "next_due" | "-next_due" | "severity" | "-severity" | "updated" | "-updated";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
                /** @description Only cases in this state; `active` is open and contained */
                state?: "active" | "closed" | "contained" | "open";
                /** @description Only cases of this severity or above */
                severity?: "critical" | "high" | "informational" | "low" | "medium";
                /** @description Only cases that the account of this name leads */
                owner?: string;
                /** @description Only cases with the alert of this id */
                alert?: string;
                /** @description Only what was seen on this host */
                host?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CasePage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_add: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseNew"];
            };
        };
        responses: {
            /** @description all is well */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_show: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseChange"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_alerts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseAlertsChange"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_entry_add: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseEntryNew"];
            };
        };
        responses: {
            /** @description all is well */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_evidence_add: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseEvidenceNew"];
            };
        };
        responses: {
            /** @description all is well */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_evidence_show: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                evidence: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_hand_over: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseHandOver"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_host_set: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseHostChange"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_obligation_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                duty: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseObligationChange"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_similar: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseSimilarList"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_story: {
        parameters: {
            query?: {
                /** @description Show the things of this column that are folded into one */
                expand?: "file" | "host" | "intel" | "network" | "process" | "signer" | "version";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Story"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_task_add: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseTaskNew"];
            };
        };
        responses: {
            /** @description all is well */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    case_task_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                task: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseTaskChange"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events_send: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A JSON object a line, or syslog as plain text, a message a line. `Content-Encoding` may be gzip or zstd. With `Idempotency-Key` the same request is taken once within a day. */
        requestBody: {
            content: {
                "application/x-ndjson": string;
                "text/plain": string;
            };
        };
        responses: {
            /** @description all is well */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Received"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exposure: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "product" | "-product" | "hosts" | "-hosts" | "first" | "-first" | "last" | "-last";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
                /** @description Only releases of this product */
                product?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExposurePage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: no_lake, overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    hosts: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "host" | "-host" | "first" | "-first" | "last" | "-last" | "events" | "-events";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
                /** @description Only hosts on which this product was seen to run */
                product?: string;
                /** @description Only in this version */
                version?: string;
                /** @description Only hosts whose last record is longer ago than a day or a week */
                silent?: "day" | "week";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HostPage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: no_lake, overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    host_show: {
        parameters: {
            query?: {
                /** @description The organisation, where several have a host of this name */
                org?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HostDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: no_lake, overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    hunt_guide: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HuntGuide"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    hunt_run: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HuntNew"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HuntAnswer"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: no_lake, overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    intel: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "added" | "-added" | "alerts" | "-alerts" | "title" | "-title";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
                /** @description Only those from there */
                origin?: "built_in" | "file" | "own";
                /** @description Only sets that every record is held against, or only others */
                watched?: "no" | "yes";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IntelPage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    jobs: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "created" | "-created";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
                /** @description Only jobs in this state */
                state?: "cancelled" | "done" | "failed" | "queued" | "running";
                /** @description Only jobs of this kind */
                kind?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobPage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    job_show: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    job_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: job_ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["Change"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited, too_many_streams */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    nodes: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "hostname" | "-hostname" | "seen" | "-seen" | "enrolled" | "-enrolled";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NodePage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    node_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NodeChange"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rules: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "title" | "-title" | "severity" | "-severity" | "modified" | "-modified" | "alerts" | "-alerts" | "last" | "-last";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
                /** @description Only rules of this severity or above */
                severity?: "critical" | "high" | "informational" | "low" | "medium";
                /** @description Only rules of which this holds */
                state?: "left_out" | "off" | "on" | "stopped";
                /** @description Only those from there */
                origin?: "built_in" | "file" | "own";
                /** @description Only rules of this kind */
                kind?: "correlation" | "filter" | "rule";
                /** @description Only rules that name this technique of ATT&CK, or one below it */
                technique?: string;
                /** @description Only rules that alerts call so */
                key?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RulePage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rule_add: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleText"];
            };
        };
        responses: {
            /** @description all is well */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RulesAdded"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rule_preview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RulePreviewNew"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RulePreview"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rule_test: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleTestNew"];
            };
        };
        responses: {
            /** @description all is well */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleTest"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: no_lake, overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rule_test_show: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleTest"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rule_test_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleTest"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: job_ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rule_show: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rule_replace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleReplace"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rule"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rule_remove: {
        parameters: {
            query?: {
                /** @description The version that was looked at; needed */
                version?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rule_switch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleSwitch"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rule"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rule_hits: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleHits"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: no_lake, overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    session_change: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionChange"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionAnswer"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, wrong_code, wrong_password */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    tokens: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "name" | "-name" | "created" | "-created";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenPage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    token_add: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenNew"];
            };
        };
        responses: {
            /** @description all is well */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenCreated"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    token_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updates: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "arrived" | "-arrived" | "name" | "-name" | "product" | "-product";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
                /** @description Only updates of which reading is so far */
                state?: "done" | "failed" | "queued" | "reading";
                /** @description Only updates of which vetting says so */
                verdict?: "block" | "hold" | "pass" | "unknown";
                /** @description Only updates that stand so; `open` is what needs somebody: undecided, overdue and lapsed */
                standing?: "blocked" | "held" | "lapsed" | "open" | "overdue" | "passed" | "undecided";
                /** @description Only updates of this product */
                product?: string;
                /** @description Only updates that the account of this name answers for */
                owner?: string;
                /** @description Only the update with these bytes */
                sha256?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpdatePage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_add: {
        parameters: {
            query?: {
                /** @description The name of its file, needed; of a path the last part */
                name?: string;
                /** @description The product, where what it states of itself is not to count */
                product?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The bytes of one file. How many may be sent at most is the server's to say (413). */
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description all is well */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpdateReceived"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: no_room */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_allow_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpdateAllowList"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_show: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpdateDetail"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_decide: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateDecide"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Update"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_document: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpdateDocument"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_hosts: {
        parameters: {
            query?: {
                /** @description Items of a page, 200 by default */
                limit?: number;
                /** @description The cursor `next` of the page before */
                after?: string;
                /** @description The order; a minus turns it round */
                sort?: "rank" | "-rank" | "host" | "-host";
                /** @description Only items that contain this text, whatever the case */
                q?: string;
                /** @description Only with this verdict */
                verdict?: "clear" | "hit" | "not_applicable" | "unknown";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdvisoryHostPage"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_trace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: no_lake, overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_vet: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    elastic_about: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ElasticAbout"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    elastic_about_slash: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ElasticAbout"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    elastic_bulk_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A JSON object a line, or syslog as plain text, a message a line. `Content-Encoding` may be gzip or zstd. With `Idempotency-Key` the same request is taken once within a day. */
        requestBody: {
            content: {
                "application/x-ndjson": string;
                "text/plain": string;
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkReceived"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    elastic_bulk: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A JSON object a line, or syslog as plain text, a message a line. `Content-Encoding` may be gzip or zstd. With `Idempotency-Key` the same request is taken once within a day. */
        requestBody: {
            content: {
                "application/x-ndjson": string;
                "text/plain": string;
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkReceived"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    elastic_data_stream: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ElasticThere"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    elastic_policy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ElasticThere"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    elastic_template: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ElasticThere"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    elastic_license: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ElasticLicense"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    elastic_bulk_index_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                index: string;
            };
            cookie?: never;
        };
        /** @description A JSON object a line, or syslog as plain text, a message a line. `Content-Encoding` may be gzip or zstd. With `Idempotency-Key` the same request is taken once within a day. */
        requestBody: {
            content: {
                "application/x-ndjson": string;
                "text/plain": string;
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkReceived"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    elastic_bulk_index: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                index: string;
            };
            cookie?: never;
        };
        /** @description A JSON object a line, or syslog as plain text, a message a line. `Content-Encoding` may be gzip or zstd. With `Idempotency-Key` the same request is taken once within a day. */
        requestBody: {
            content: {
                "application/x-ndjson": string;
                "text/plain": string;
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkReceived"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login_page: {
        parameters: {
            query?: {
                /** @description The language; else that of the cookie, else of `Accept-Language` */
                lang?: "en" | "vi";
                /** @description The path to go to afterwards */
                next?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description see the page named by Location */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login: {
        parameters: {
            query?: {
                /** @description The language; else that of the cookie, else of `Accept-Language` */
                lang?: "en" | "vi";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["LoginForm"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description see the page named by Location */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logout_page: {
        parameters: {
            query?: {
                /** @description The language; else that of the cookie, else of `Accept-Language` */
                lang?: "en" | "vi";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description see the page named by Location */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: {
                /** @description The language; else that of the cookie, else of `Accept-Language` */
                lang?: "en" | "vi";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description see the page named by Location */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    osquery_config: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description As the protocol of the sender has it. `Content-Encoding` may be gzip or zstd. Refusals have its form, too. */
        requestBody: {
            content: {
                "application/json": string;
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OsqueryAnswer"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    osquery_read: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description As the protocol of the sender has it. `Content-Encoding` may be gzip or zstd. Refusals have its form, too. */
        requestBody: {
            content: {
                "application/json": string;
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OsqueryAnswer"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    osquery_write: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description As the protocol of the sender has it. `Content-Encoding` may be gzip or zstd. Refusals have its form, too. */
        requestBody: {
            content: {
                "application/json": string;
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OsqueryAnswer"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    osquery_enroll: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description As the protocol of the sender has it. `Content-Encoding` may be gzip or zstd. Refusals have its form, too. */
        requestBody: {
            content: {
                "application/json": string;
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OsqueryAnswer"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    osquery_log: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description As the protocol of the sender has it. `Content-Encoding` may be gzip or zstd. Refusals have its form, too. */
        requestBody: {
            content: {
                "application/json": string;
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OsqueryAnswer"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    otlp_logs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description As the protocol of the sender has it. `Content-Encoding` may be gzip or zstd. Refusals have its form, too. */
        requestBody: {
            content: {
                "application/json": string;
                "application/x-protobuf": string;
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OtlpReceived"];
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unauthenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site, forbidden, scope_missing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pages_style: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/css": string;
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setup_page: {
        parameters: {
            query?: {
                /** @description The language; else that of the cookie, else of `Accept-Language` */
                lang?: "en" | "vi";
            };
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description see the page named by Location */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setup: {
        parameters: {
            query?: {
                /** @description The language; else that of the cookie, else of `Accept-Language` */
                lang?: "en" | "vi";
            };
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["SetupForm"];
            };
        };
        responses: {
            /** @description all is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description see the page named by Location */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description code: bad_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: cross_site */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: misdirected */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description code: rate_limited */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
