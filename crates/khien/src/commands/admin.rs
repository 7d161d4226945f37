//! `khien admin` on the server's state: the audit log, backups, accounts, nodes, tokens. Works beside a server.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

use khien_model::untrusted::shown;
use khien_server::{
    Account, AccountChange, AccountFilter, AccountNew, AccountState, Admin, BackupFacts, By,
    LastAdmin, ListAsked, Locale, Node, NodeChange, Order, ServerError, StateError, TokenFilter,
    TokenNew,
};
use serde_json::json;

use super::{Failure, setup};
use crate::args::Global;
use crate::args::lake::AdminCommand;
use crate::args::server::{AccountCommand, AdminArgs, AuditCommand, NodeCommand, TokenCommand};
use crate::output::escaped_json;
use khien_ops::exit::Exit;
use khien_text::Lang;

/// Whose doing an error is.
pub(super) fn exit_of(error: &ServerError) -> Exit {
    match error {
        ServerError::Tls { .. }
        | ServerError::Listen { .. }
        | ServerError::State(
            StateError::Busy(_)
            | StateError::Invalid(_)
            | StateError::JobEnded
            | StateError::LastAdmin
            | StateError::NameTaken
            | StateError::Newer(_)
            | StateError::NotFound
            | StateError::NotState { .. },
        ) => Exit::Usage,
        ServerError::State(StateError::Io { source, .. })
            if source.kind() == io::ErrorKind::NotFound =>
        {
            Exit::Usage
        }
        _ => Exit::Internal,
    }
}

pub(super) fn run(command: &AdminCommand, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    let to = Told { lang, out: &mut out };
    match command {
        AdminCommand::Lake(command) => super::lake::run(command, global, lang),
        AdminCommand::Account { args, command } => account(args, command, to),
        AdminCommand::Audit { args, command } => audit(args, command, to),
        AdminCommand::Backup { file, args } => backup(file, args, to),
        AdminCommand::Node { args, command } => node(args, command, to),
        AdminCommand::Restore { file, apply, args } => restore(file, *apply, args, to),
        AdminCommand::Token { args, command } => token(args, command, to),
    }
}

/// To whom it is told.
struct Told<'o> {
    lang: Lang,
    out: &'o mut dyn Write,
}

impl Told<'_> {
    fn line(&mut self, key: &str, arguments: &[(&str, &dyn Display)]) -> io::Result<()> {
        writeln!(self.out, "{}", self.lang.text(key, arguments))
    }

    fn json(&mut self, value: &serde_json::Value) -> io::Result<()> {
        escaped_json::write_pretty(self.out, value)
    }

    /// Rows under a heading; cells are separated by tabs.
    fn rows(&mut self, key: &str, rows: &[Vec<String>]) -> io::Result<()> {
        let heading = self.lang.text(key, &[]);
        let heading: Vec<String> = heading.split('\t').map(str::to_owned).collect();
        let width = |column: usize| {
            let cells = rows.iter().chain([&heading]).filter_map(|row| row.get(column));
            cells.map(|cell| unicode_width::UnicodeWidthStr::width(cell.as_str())).max()
        };
        let widths: Vec<usize> = (0..heading.len()).filter_map(width).collect();
        for row in [&heading].into_iter().chain(rows) {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let own = unicode_width::UnicodeWidthStr::width(cell.as_str());
                line.push_str(cell);
                line.push_str(&" ".repeat(width.saturating_sub(own).saturating_add(2)));
            }
            writeln!(self.out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn open(args: &AdminArgs) -> Result<Admin, Failure> {
    Ok(Admin::open(&setup::state_folder(args.state.state.as_ref())?)?)
}

/// Who types, for the audit log: the number that the system knows, not a name that can be set.
fn typist() -> By {
    #[cfg(unix)]
    return By::command_line(&format!("uid {}", rustix::process::getuid().as_raw()));
    #[cfg(not(unix))]
    By::command_line("")
}

fn audit(args: &AdminArgs, command: &AuditCommand, mut to: Told<'_>) -> Result<Exit, Failure> {
    let admin = open(args)?;
    let head = match command {
        AuditCommand::Head => None,
        AuditCommand::Verify { head } => head.as_deref(),
    };
    let found = admin.block(async |store| store.verify_audit(head).await)?;
    admin.close();
    let exit = if found.ok { Exit::Clear } else { Exit::ProofInvalid };
    if args.json {
        let mut document = serde_json::to_value(&found).unwrap_or_default();
        if let Some(fields) = document.as_object_mut() {
            fields.insert("schema".to_owned(), "khien.audit/1".into());
        }
        to.json(&document)?;
        return Ok(exit);
    }
    match (&found.first_bad, command) {
        // The head of a broken log is worth nothing, and is not given.
        (Some(first), _) => {
            let reason = to.lang.text(&format!("cli.audit.reason.{}", first.reason), &[]);
            let told: [(&str, &dyn Display); 3] =
                [("n", &first.n), ("reason", &reason), ("entries", &found.entries)];
            to.line("cli.audit.broken", &told)?;
            to.line("cli.audit.broken-next", &[])?;
        }
        (None, AuditCommand::Head) => writeln!(to.out, "{}", found.head)?,
        (None, AuditCommand::Verify { .. }) => {
            to.line("cli.audit.whole", &[("entries", &found.entries), ("head", &found.head)])?;
        }
    }
    Ok(exit)
}

fn facts_json(facts: &BackupFacts, file: &Path) -> serde_json::Value {
    json!({
        "schema": "khien.backup/1", "file": file.to_string_lossy(), "accounts": facts.accounts,
        "audit_entries": facts.audit_entries, "audit_head": facts.audit_head,
        "last": facts.last.to_string(), "bytes": facts.bytes,
    })
}

fn backup(file: &Path, args: &AdminArgs, mut to: Told<'_>) -> Result<Exit, Failure> {
    let admin = open(args)?;
    let facts = admin.block(async |store| store.back_up(&typist(), file).await)?;
    admin.close();
    if args.json {
        to.json(&facts_json(&facts, file))?;
        return Ok(Exit::Clear);
    }
    let name = setup::shown(file);
    let told: [(&str, &dyn Display); 5] = [
        ("file", &name),
        ("accounts", &facts.accounts),
        ("entries", &facts.audit_entries),
        ("bytes", &facts.bytes),
        ("head", &facts.audit_head),
    ];
    to.line("cli.backup.done", &told)?;
    Ok(Exit::Clear)
}

fn restore(file: &Path, apply: bool, args: &AdminArgs, mut to: Told<'_>) -> Result<Exit, Failure> {
    let folder = setup::state_folder(args.state.state.as_ref())?;
    let facts = khien_server::backup_facts(file)?;
    let mut document = facts_json(&facts, file);
    if !args.json {
        let told: [(&str, &dyn Display); 4] = [
            ("accounts", &facts.accounts),
            ("entries", &facts.audit_entries),
            ("last", &facts.last),
            ("head", &facts.audit_head),
        ];
        to.line("cli.restore.found", &told)?;
    }
    let aside = if apply { khien_server::restore(&folder, file, &typist())? } else { None };
    if args.json {
        if let Some(fields) = document.as_object_mut() {
            fields.insert("applied".to_owned(), apply.into());
            let aside = aside.as_ref().map(|aside| aside.to_string_lossy().into_owned());
            fields.insert("replaced".to_owned(), aside.into());
        }
        to.json(&document)?;
        return Ok(Exit::Clear);
    }
    if !apply {
        to.line("cli.restore.plan", &[("folder", &setup::shown(&folder))])?;
        return Ok(Exit::Clear);
    }
    to.line("cli.restore.done", &[])?;
    if let Some(aside) = aside {
        to.line("cli.restore.aside", &[("file", &setup::shown(&aside))])?;
    }
    Ok(Exit::Clear)
}

fn account(args: &AdminArgs, command: &AccountCommand, to: Told<'_>) -> Result<Exit, Failure> {
    let admin = open(args)?;
    let by = typist();
    match command {
        AccountCommand::List => list_accounts(&admin, args.json, to)?,
        AccountCommand::Add { name, role, display_name } => {
            let new = AccountNew {
                name: name.clone(),
                display_name: display_name.clone().unwrap_or_else(|| name.clone()),
                role: *role,
                locale: if to.lang == Lang::Vi { Locale::Vi } else { Locale::En },
            };
            let (made, link) = admin.block(async |store| {
                let made = store.add_account(&by, &new).await?;
                let link = store.make_setup_link(&by, &made.id).await?;
                Ok((made, link))
            })?;
            tell_link(args.json, &made, &link, "cli.account.added", to)?;
        }
        AccountCommand::Reset { name } => {
            let (account, link) = admin.block(async |store| {
                let account = store.account_named(name).await?;
                let link = store.reset_account(&by, &account.id).await?;
                Ok((store.account(&account.id).await?, link))
            })?;
            tell_link(args.json, &account, &link, "cli.account.reset", to)?;
        }
        AccountCommand::Disable { name } => close(&admin, &by, name, true, args.json, to)?,
        AccountCommand::Enable { name } => close(&admin, &by, name, false, args.json, to)?,
    }
    admin.close();
    Ok(Exit::Clear)
}

fn close(
    admin: &Admin,
    by: &By,
    name: &str,
    disabled: bool,
    as_json: bool,
    mut to: Told<'_>,
) -> Result<(), Failure> {
    let change = AccountChange { disabled: Some(disabled), ..AccountChange::default() };
    let after = admin.block(async |store| {
        let id = store.account_named(name).await?.id;
        // Whoever types here can make another admin.
        store.change_account(by, &id, &change, LastAdmin::MayGo).await
    })?;
    if as_json {
        to.json(&json!({ "schema": "khien.account/1", "account": after }))?;
        return Ok(());
    }
    let state = state_word(to.lang, after.state);
    to.line("cli.account.changed", &[("name", &after.name), ("state", &state)])?;
    Ok(())
}

fn tell_link(
    as_json: bool,
    account: &Account,
    link: &khien_server::SetupLink,
    key: &str,
    mut to: Told<'_>,
) -> io::Result<()> {
    if as_json {
        let document =
            json!({ "schema": "khien.account/1", "account": account, "setup_link": link });
        return to.json(&document);
    }
    to.line(key, &[("expires", &link.expires)])?;
    writeln!(to.out, "{}", link.path)
}

fn state_word(lang: Lang, state: AccountState) -> String {
    let key = match state {
        AccountState::Active => "cli.account.state.active",
        AccountState::Disabled => "cli.account.state.disabled",
        AccountState::Invited => "cli.account.state.invited",
    };
    lang.text(key, &[])
}

fn list_accounts(admin: &Admin, as_json: bool, mut to: Told<'_>) -> Result<(), Failure> {
    let all = admin.block(async |store| {
        let mut asked = ListAsked::by("name", Order::Up);
        let mut all = Vec::new();
        loop {
            let page = store.accounts(&AccountFilter::default(), &asked).await?;
            all.extend(page.items);
            asked.after = page.next;
            if asked.after.is_none() {
                return Ok(all);
            }
        }
    })?;
    if as_json {
        to.json(&json!({ "schema": "khien.accounts/1", "items": all }))?;
        return Ok(());
    }
    let row = |account: &Account| {
        vec![
            account.name.clone(),
            account.role.word().to_owned(),
            state_word(to.lang, account.state),
            if account.totp { "✓" } else { "–" }.to_owned(),
            account.last_login.map_or_else(|| "–".to_owned(), |at| at.to_string()),
            shown(&account.display_name).to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    to.rows("cli.account.header", &rows)?;
    Ok(())
}

fn node(args: &AdminArgs, command: &NodeCommand, mut to: Told<'_>) -> Result<Exit, Failure> {
    let admin = open(args)?;
    let (id, revoked) = match command {
        NodeCommand::List => {
            list_nodes(&admin, args.json, to)?;
            admin.close();
            return Ok(Exit::Clear);
        }
        NodeCommand::Readmit { id } => (id, false),
        NodeCommand::Revoke { id } => (id, true),
    };
    let by = typist();
    let changed =
        admin.block(async |store| store.change_node(&by, id, NodeChange { revoked }).await)?;
    if args.json {
        to.json(&json!({ "schema": "khien.node/1", "node": changed }))?;
    } else {
        to.line(if revoked { "cli.node.revoked" } else { "cli.node.readmitted" }, &[])?;
    }
    admin.close();
    Ok(Exit::Clear)
}

fn list_nodes(admin: &Admin, as_json: bool, mut to: Told<'_>) -> Result<(), Failure> {
    let all: Vec<Node> = admin.block(async |store| {
        let mut asked = ListAsked::by("hostname", Order::Up);
        let mut all = Vec::new();
        loop {
            let page = store.nodes(&asked).await?;
            all.extend(page.items);
            asked.after = page.next;
            if asked.after.is_none() {
                return Ok(all);
            }
        }
    })?;
    if as_json {
        to.json(&json!({ "schema": "khien.nodes/1", "items": all }))?;
        return Ok(());
    }
    let mut rows = Vec::new();
    for node in &all {
        let state = match node.revoked {
            Some(_) => "cli.node.state.revoked",
            None => "cli.node.state.active",
        };
        rows.push(vec![
            node.id.clone(),
            shown(&node.hostname).to_string(),
            shown(&node.os).to_string(),
            shown(&node.version).to_string(),
            to.lang.text(state, &[]),
            node.seen.to_string(),
            node.address.clone(),
        ]);
    }
    to.rows("cli.node.header", &rows)?;
    Ok(())
}

fn token(args: &AdminArgs, command: &TokenCommand, mut to: Told<'_>) -> Result<Exit, Failure> {
    let admin = open(args)?;
    let by = typist();
    match command {
        TokenCommand::Add { name, scopes, days } => {
            let new = TokenNew { name: name.clone(), scopes: scopes.clone(), days: *days };
            let made = admin.block(async |store| store.add_token(&by, &new).await)?;
            if args.json {
                let document = json!({
                    "schema": "khien.token/1", "token": made.token, "secret": made.secret,
                });
                to.json(&document)?;
            } else {
                to.line("cli.token.added", &[])?;
                writeln!(to.out, "{}", made.secret)?;
            }
        }
        TokenCommand::List => list_tokens(&admin, args.json, to)?,
        TokenCommand::Revoke { id } => {
            admin.block(async |store| store.revoke_token(&by, id).await)?;
            if args.json {
                to.json(&json!({ "schema": "khien.token/1", "revoked": id }))?;
            } else {
                to.line("cli.token.revoked", &[])?;
            }
        }
    }
    admin.close();
    Ok(Exit::Clear)
}

fn list_tokens(admin: &Admin, as_json: bool, mut to: Told<'_>) -> Result<(), Failure> {
    let all = admin.block(async |store| {
        let mut asked = ListAsked::by("name", Order::Up);
        let mut all = Vec::new();
        loop {
            let page = store.tokens(&TokenFilter, &asked).await?;
            all.extend(page.items);
            asked.after = page.next;
            if asked.after.is_none() {
                return Ok(all);
            }
        }
    })?;
    if as_json {
        to.json(&json!({ "schema": "khien.tokens/1", "items": all }))?;
        return Ok(());
    }
    let now = setup::now().0.to_string();
    let mut rows = Vec::new();
    for token in &all {
        let ended = token.expires.is_some_and(|at| at.to_string() <= now);
        let state = match (token.revoked, ended) {
            (Some(_), _) => "cli.token.state.revoked",
            (None, true) => "cli.token.state.ended",
            (None, false) => "cli.token.state.active",
        };
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.word()).collect();
        rows.push(vec![
            token.id.clone(),
            shown(&token.name).to_string(),
            scopes.join(" "),
            to.lang.text(state, &[]),
            token.last_used.map_or_else(|| "–".to_owned(), |at| at.to_string()),
        ]);
    }
    to.rows("cli.token.header", &rows)?;
    Ok(())
}
