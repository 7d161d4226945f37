use super::*;

fn read(text: &str) -> Result<Pack, InputError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, text).unwrap();
    load(path.to_str().unwrap())
}

fn refused(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn a_pack_of_the_user() {
    let pack = read(
        "title_en = 'Mine'\n\
         [[hunt]]\nid = 'a-1'\ntitle_en = 'First'\ntitle_vi = 'Đầu tiên'\nsql = 'select 1'\n\
         [[hunt]]\nid = 'b'\ntitle_en = 'Second'\nrule = 'rules/b.yml'\n",
    )
    .unwrap();
    assert_eq!(pack.title(Lang::Vi), "Mine");
    assert_eq!(pack.hunt[0].title(Lang::Vi), "Đầu tiên");
    assert_eq!(pack.hunt[0].title(Lang::En), "First");
    assert!(pack.folder.unwrap().is_absolute());
}

#[test]
fn what_is_wrong_is_said() {
    let hunt = "[[hunt]]\nid = 'a'\ntitle_en = 'A'\n";
    let pack = |rest: &str| format!("title_en = 'Mine'\n{rest}");
    assert!(refused(&pack("hunt = []")).contains("no [[hunt]]"));
    assert!(refused(&pack(hunt)).contains("hunt `a`: give `sql` or `rule`"));
    let both = format!("{hunt}sql = 'x'\nrule = 'y'\n");
    assert!(refused(&pack(&both)).contains("one of them only"));
    let twice = format!("{hunt}sql = 'x'\n{hunt}sql = 'x'\n");
    assert!(refused(&pack(&twice)).contains("stands there twice"));
    let id = hunt.replace("'a'", "'../a'") + "sql = 'x'\n";
    assert!(refused(&pack(&id)).contains("letters, digits"));
    assert!(refused(&pack(&format!("{hunt}sequel = 'x'\n"))).contains("sequel"));
    let missing = load("no-such-pack").unwrap_err().to_string();
    assert!(missing.contains("no-such-pack") && missing.contains("first-look"), "{missing}");
}

#[test]
fn built_in_packs_are_whole_and_in_both_languages() {
    let files = content::files().iter().filter(|file| file.name.starts_with("hunts/")).count();
    let packs = built_in();
    assert_eq!(packs.len(), files);
    assert!(!packs.is_empty());
    for (name, pack) in packs {
        check(&pack).unwrap();
        assert!(!pack.title_vi.is_empty(), "{name}");
        for hunt in &pack.hunt {
            assert!(!hunt.title_vi.is_empty() && hunt.sql.is_some(), "{name}: {}", hunt.id);
        }
    }
}
