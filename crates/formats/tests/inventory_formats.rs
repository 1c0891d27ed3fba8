//! Every inventory format: one sample in each says the same, and what is not understood is listed with its place.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use forewarn_exposure::{Component, Identity, Inventory};
use forewarn_formats::inventory::{self, Distribution, Format, NOT_SOFTWARE, Settings, recognise};
use forewarn_formats::json::Limits;

fn read(text: &str) -> Inventory {
    inventory::read(text.as_bytes(), &Limits::inventory()).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn read_as(text: &str, settings: &Settings) -> Inventory {
    inventory::read_with(text.as_bytes(), &Limits::inventory(), settings).unwrap()
}

fn of(distribution: &str) -> Settings {
    Settings { distribution: Some(distribution.parse().unwrap()), serials: false }
}

fn things(inventory: &Inventory) -> BTreeSet<(Identity, Option<String>)> {
    inventory.components.iter().map(|c| (c.identity.clone(), c.version.clone())).collect()
}

fn package(purl: &str) -> (Identity, Option<String>) {
    Identity::from_purl(purl).unwrap()
}

fn product(vendor: &str, name: &str, version: &str) -> (Identity, Option<String>) {
    (Identity::product(vendor, name), Some(version.to_owned()))
}

fn skipped(inventory: &Inventory) -> Vec<(&str, &str)> {
    inventory.skipped.iter().map(|one| (one.place.as_str(), one.reason.as_str())).collect()
}

const CYCLONEDX_XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- A comment, as tools write them. -->
<cdx:bom xmlns:cdx="http://cyclonedx.org/schema/bom/1.6" xmlns:x="urn:example" version="1">
  <cdx:metadata><cdx:component type="application"><cdx:name>plant</cdx:name></cdx:component></cdx:metadata>
  <cdx:components>
    <cdx:component type="library">
      <cdx:supplier><cdx:name>Some Ltd</cdx:name><cdx:contact><cdx:name>Ann</cdx:name></cdx:contact></cdx:supplier>
      <cdx:name>left-pad</cdx:name>
      <cdx:version>1.3.0</cdx:version>
      <cdx:purl>pkg:npm/left-pad@1.3.0?a=b&amp;c=d</cdx:purl>
      <x:purl>pkg:npm/other@9</x:purl>
      <cdx:components>
        <cdx:component type="firmware">
          <cdx:manufacturer><cdx:name>Siemens AG</cdx:name></cdx:manufacturer>
          <cdx:name><![CDATA[S7 & more]]></cdx:name><cdx:version>V2.&#57;</cdx:version>
        </cdx:component>
      </cdx:components>
    </cdx:component>
    <cdx:component type="file"><cdx:name>readme</cdx:name></cdx:component>
  </cdx:components>
</cdx:bom>"#;

#[test]
fn cyclonedx_xml_says_what_the_json_says() {
    let json = r#"{"bomFormat":"CycloneDX","specVersion":"1.6",
        "metadata":{"component":{"type":"application","name":"plant"}},"components":[
        {"type":"library","name":"left-pad","version":"1.3.0","supplier":{"name":"Some Ltd","contact":[{"name":"Ann"}]},
         "purl":"pkg:npm/left-pad@1.3.0?a=b&c=d","components":[{"type":"firmware","name":"S7 & more",
         "version":"V2.9","manufacturer":{"name":"Siemens AG"}}]},{"type":"file","name":"readme"}]}"#;
    let (xml, json) = (read(CYCLONEDX_XML), read(json));
    assert_eq!(xml.components, json.components);
    assert_eq!(xml.format, "CycloneDX 1.6 XML");
    assert_eq!(
        things(&xml),
        [package("pkg:npm/left-pad@1.3.0"), product("Siemens AG", "S7 & more", "V2.9")].into()
    );
    assert_eq!(
        skipped(&xml),
        [("line 4", "has neither a package URL nor a vendor"), ("line 19", NOT_SOFTWARE[0])]
    );
    assert_eq!(json.skipped[1].place, "/components/1");
}

const TAG_VALUE: &str = "SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
# A comment
PackageName: left-pad
SPDXID: SPDXRef-1
PackageVersion: 1.3.0
PackageComment: <text>Over
PackageName: not one
two lines</text>
ExternalRef: PACKAGE-MANAGER purl pkg:npm/left-pad@1.3.0
PackageName: <text>S7</text>
PackageVersion: V2.9
PackageSupplier: Organization: Siemens AG (productcert@siemens.com)
PackageName: gateway
PackageSupplier: NOASSERTION
ExternalRef: SECURITY cpe23Type cpe:2.3:o:acme:gate\\:way_os:1.0:sp1:*:*:*:*:*:*
PackageName: nobody's
PackageSupplier: Person: Jane
FileName: ./a.c
PackageVersion: of no package
";

#[test]
fn spdx_tag_value_says_what_the_json_says() {
    let json = r#"{"spdxVersion":"SPDX-2.3","packages":[
        {"name":"left-pad","versionInfo":"1.3.0","externalRefs":[{"referenceCategory":"PACKAGE-MANAGER",
         "referenceType":"purl","referenceLocator":"pkg:npm/left-pad@1.3.0"}]},
        {"name":"S7","versionInfo":"V2.9","supplier":"Organization: Siemens AG (productcert@siemens.com)"},
        {"name":"gateway","supplier":"NOASSERTION","externalRefs":[{"referenceCategory":"SECURITY",
         "referenceType":"cpe23Type","referenceLocator":"cpe:2.3:o:acme:gate\\:way_os:1.0:sp1:*:*:*:*:*:*"}]},
        {"name":"nobody's","supplier":"Person: Jane"}]}"#;
    let (tags, json) = (read(TAG_VALUE), read(json));
    assert_eq!((tags.format.as_str(), json.format.as_str()), ("SPDX 2.3 tag-value", "SPDX 2.3"));
    assert_eq!(tags.components, json.components);
    let expected = [
        package("pkg:npm/left-pad@1.3.0"),
        product("Siemens AG", "S7", "V2.9"),
        product("acme", "gate:way os", "1.0 sp1"),
    ];
    assert_eq!(things(&tags), expected.into());
    assert_eq!(skipped(&tags), [("line 17", "has neither a package URL nor a vendor")]);
}

#[test]
fn a_list_holds_package_urls_and_cpe_names() {
    let list = "# Ours\n\npkg:npm/left-pad@1.3.0   # used by the portal\npkg:pypi/Flask@3.0.0\n\
        cpe:2.3:h:siemens:s7-1500:-:*:*:*:*:*:*:*\ncpe:2.3:o:siemens:s7-1500_firmware:2.9.2:*:*:*:*:*:*:*\n\
        left-pad 1.3\npkg:nothing\ncpe:2.3:a:*:thing:1\ncpe:2.3:a:v:p:1.*\ncpe:/a:v:p:1\ncpe:2.3:a:v:p:1\\";
    let read = read(list);
    let mut expected: BTreeSet<_> = ["pkg:npm/left-pad@1.3.0", "pkg:pypi/flask@3.0.0"].map(package).into();
    expected.insert((Identity::product("siemens", "s7-1500"), None));
    expected.insert(product("siemens", "s7-1500 firmware", "2.9.2"));
    // The older form of CPE names.
    expected.insert(product("v", "p", "1"));
    assert_eq!(things(&read), expected);
    let places: Vec<&str> = read.skipped.iter().map(|one| one.place.as_str()).collect();
    assert_eq!(places, ["line 7", "line 8", "line 9", "line 10", "line 12"]);
    assert!(read.skipped.iter().all(|one| !one.reason.is_empty()));
}

#[test]
fn a_sheet_of_assets_reads_as_spreadsheets_write_it() {
    let expected: BTreeSet<_> =
        [product("Siemens AG", "SIMATIC S7-1500", "V2.9.2"), product("Moxa", "EDS; 408A", "3.8")].into();
    let plain = "Vendor,Product,Version,Site,Serial\nSiemens AG,SIMATIC S7-1500,V2.9.2,North,S-1\n\
        Moxa,EDS; 408A,3.8,South,S-2\n";
    let excel = "\u{feff}sep=;\r\nStandort;Hersteller;Modell;Firmware-Version;Seriennummer;Bemerkung\r\n\
        North;Siemens AG;SIMATIC S7-1500;V2.9.2;S-1;\r\n\r\nSouth;Moxa;\"EDS; 408A\";3.8;S-2;\"two\nlines\"\r\n;;;;;\r\n";
    for text in [plain, excel] {
        assert_eq!(recognise(text.as_bytes()).unwrap(), Format::Assets);
        let inventory = read(text);
        assert_eq!(things(&inventory), expected, "{text}");
        assert_eq!(skipped(&inventory), []);
        assert!(!serde_json::to_string(&inventory).unwrap().contains("S-1"), "a serial number was kept");
        let asked = read_as(text, &Settings { serials: true, ..Settings::default() });
        assert_eq!(asked.components[0].label, "Siemens AG SIMATIC S7-1500 (site North, serial S-1)");
    }
    let french = "Fabricant,Modèle,Version,Numéro de série\nMoxa,EDS,3.8,S-2\n";
    assert_eq!(
        (things(&read(french)), read(french).format),
        ([product("Moxa", "EDS", "3.8")].into(), "CSV of assets".into())
    );
    assert_eq!(read(excel).format, "CSV of assets, 1 of 6 columns not read");
}

#[test]
fn the_same_device_at_two_sites_is_two_assets() {
    let sheet = "vendor,product,version,site\nA,B,1,North\nA,B,1,South\nA,B,1,South\n";
    let labels: Vec<String> = read(sheet).components.into_iter().map(|c| c.label).collect();
    assert_eq!(labels, ["A B (site North)", "A B (site South)"]);
}

#[test]
fn a_row_that_does_not_fit_its_sheet_is_named() {
    let sheet = "vendor,product,version\nA,B\n,B,1\nA,,1\nA,B,1,stray\n\n\"A\nA\",C,2\n,,3\nA,D,unknown\n";
    let inventory = read(sheet);
    assert_eq!(
        skipped(&inventory),
        [
            ("line 3", "has neither a package URL nor a vendor"),
            ("line 4", "has neither a package URL nor a name"),
            ("line 5", "has more cells than the heading"),
            ("line 9", "has neither a package URL nor a name"),
        ]
    );
    assert_eq!(inventory.components.len(), 3);
    let twice = inventory::read(b"vendor,product,product\nA,B,C\n", &Limits::inventory()).unwrap_err();
    assert_eq!(
        (twice.place.as_str(), twice.message.as_str()),
        ("line 1", "two columns have the same heading")
    );
    let purls = "name,purl,cpe,vendor,product\nx,pkg:npm/a@1,,,\ny,,cpe:2.3:a:v:p:2:*:*:*:*:*:*:*,,\n";
    assert_eq!(things(&read(purls)), [package("pkg:npm/a@1"), product("v", "p", "2")].into());
}

const DPKG_LIST: &str = "Desired=Unknown/Install/Remove/Purge/Hold
| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend
|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)
||/ Name              Version             Architecture Description
+++-=================-===================-============-=====================
ii  libssl3:amd64     3.0.11-1~deb12u2    amd64        Secure Sockets Layer
hi  vim               2:9.0.1378-2        amd64        Vi IMproved
rc  telnetd           0.17-44             amd64        removed
what is this
";

#[test]
fn dpkg_lists_give_debian_packages_of_the_release_that_a_person_names() {
    let unknown = read(DPKG_LIST);
    assert_eq!(unknown.format, "dpkg -l, distribution unknown");
    let expected = [("libssl3", "3.0.11-1~deb12u2"), ("vim", "2:9.0.1378-2")];
    let debian = |release: Option<&str>| -> BTreeSet<_> {
        let ecosystem = forewarn_exposure::Ecosystem::debian(release);
        expected.map(|(n, v)| (Identity::package(ecosystem.clone(), n), Some(v.to_owned()))).into()
    };
    assert_eq!(things(&unknown), debian(None));
    assert_eq!(skipped(&unknown), [("line 8", NOT_SOFTWARE[1]), ("line 9", "is not a line of dpkg -l")]);
    for name in ["debian:12", "Debian:bookworm", "debian:12.5"] {
        let known = read_as(DPKG_LIST, &of(name));
        assert_eq!(things(&known), debian(Some("12")), "{name}");
        assert_eq!(known.skipped, unknown.skipped);
    }
    let refused =
        inventory::read_with(DPKG_LIST.as_bytes(), &Limits::inventory(), &of("rocky:9")).unwrap_err();
    assert!(refused.message.contains("rocky:9"));
}

#[test]
fn dpkg_query_gives_the_source_package_where_it_is_asked_for() {
    let plain = "adduser\t3.134\nlibssl3:amd64\t3.0.11-1~deb12u2\nold\t\n";
    let inventory = read_as(plain, &of("debian:12"));
    assert_eq!(recognise(plain.as_bytes()).unwrap(), Format::DpkgQuery);
    let debian = |name, version: &str| {
        let ecosystem = forewarn_exposure::Ecosystem::debian(Some("12"));
        (Identity::package(ecosystem, name), Some(version.to_owned()))
    };
    let expected = [debian("adduser", "3.134"), debian("libssl3", "3.0.11-1~deb12u2")];
    assert_eq!(things(&inventory), expected.into());
    assert_eq!(skipped(&inventory), [("line 3", NOT_SOFTWARE[1])]);
    let with_source = "adduser\t3.134\tadduser\t3.134\nlibssl3:amd64\t3.0.11-1+b2\topenssl\t3.0.11-1\n";
    let inventory = read_as(with_source, &of("debian:12"));
    assert_eq!(things(&inventory), [debian("adduser", "3.134"), debian("openssl", "3.0.11-1")].into());
}

#[test]
fn ubuntu_shows_itself_in_its_versions() {
    let ubuntu = read("adduser\t3.118ubuntu5\nzip\t3.0-12build2\n");
    assert_eq!(ubuntu.format, "dpkg-query -W of ubuntu");
    let ecosystems: BTreeSet<String> = ubuntu
        .components
        .iter()
        .map(|component| match &component.identity {
            Identity::Package { ecosystem, .. } => ecosystem.to_string(),
            Identity::Product { .. } => String::new(),
        })
        .collect();
    assert!(
        ecosystems.len() == 1 && ecosystems.iter().all(|name| name.starts_with("Ubuntu")),
        "{ecosystems:?}"
    );
}

#[test]
fn rpm_lists_give_packages_of_the_distribution_that_a_person_names() {
    let list = "gpg-pubkey-fd431d51-4ae0493b\nbash-5.1.8-6.el9_1.x86_64\nvim-minimal-2:8.2.2637-20.el9_1.x86_64\n\
        python3-urllib3-1.26.5-3.el9.noarch\nodd\n";
    assert_eq!(recognise(list.as_bytes()).unwrap(), Format::RpmQuery);
    let inventory = read_as(list, &of("rocky:9"));
    assert_eq!(inventory.format, "rpm -qa of rocky:9");
    let labels: Vec<&str> = inventory.components.iter().map(|c| c.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "pkg:rpm/rocky/bash@5.1.8-6.el9_1?distro=rocky-9",
            "pkg:rpm/rocky/vim-minimal@8.2.2637-20.el9_1?distro=rocky-9&epoch=2",
            "pkg:rpm/rocky/python3-urllib3@1.26.5-3.el9?distro=rocky-9",
        ]
    );
    assert_eq!(
        skipped(&inventory),
        [("line 1", NOT_SOFTWARE[2]), ("line 5", "is not name-version-release.architecture")]
    );
    assert_eq!(read(list).format, "rpm -qa, distribution unknown");
}

/// Lists without a distribution bear the mark of one in their versions: a guess, and never more.
#[test]
fn versions_give_the_distribution_away() {
    let guess = |list: &str| {
        let found = inventory::release_mark(&read(list))?;
        Some((found.mark, found.packages, found.of, found.distributions.join(" ")))
    };
    let rpm = "bash-5.1.8-6.el9_1.x86_64\nvim-2:8.2-20.el9.x86_64\nepel-9-7.el9.noarch\nfoo-1-2.fc40.noarch\nodd-1-2.noarch\n";
    let el9 = "rocky:9 almalinux:9 redhat:9 oracle:9 centos:9";
    assert_eq!(guess(rpm), Some(("el9".into(), 3, 5, el9.into())));
    for (word, mark, distribution) in [
        ("bash-5.2-1.fc40.x86_64", "fc40", "fedora:40"),
        ("bash-5.2-1.amzn2023.0.4.x86_64", "amzn2023", "amazon:2023"),
        ("bash-5.2-1.mga9.x86_64", "mga9", "mageia:9"),
        ("bash-5.2-1.ph5.x86_64", "ph5", "photon:5.0"),
        ("bash-5.2-1.module+el8.9.0+1+2.x86_64", "el8", "rocky:8 almalinux:8 redhat:8 oracle:8 centos:8"),
    ] {
        assert_eq!(guess(word), Some((mark.into(), 1, 1, distribution.into())), "{word}");
    }
    for word in ["bash-5.2-1.x86_64", "elf-1-2.elder.x86_64", "el9-1-2.noarch"] {
        assert_eq!(guess(word), None, "{word}");
    }
    let debian = "adduser\t3.134\nopenssl\t3.0.11-1~deb12u2\ncurl\t7.88.1-10+deb12u5\n";
    assert_eq!(guess(debian), Some(("deb12".into(), 2, 3, "debian:12".into())));
    let ubuntu = "adduser\t3.118ubuntu5\nopenssl\t3.0.2-0ubuntu1.15\ncurl\t7.81.0-1ubuntu1~22.04.1\n";
    assert_eq!(guess(ubuntu), Some(("ubuntu 22.04".into(), 1, 3, "ubuntu:22.04".into())));
    // What is known is not guessed, and the guess changes nothing of what was read.
    assert_eq!(inventory::release_mark(&read_as(rpm, &of("rocky:9"))), None);
    assert!(read(rpm).components.iter().all(|one| !one.label.contains("distro=")));
}

#[test]
fn a_distribution_is_known_or_refused() {
    for good in ["debian", "debian:12", "UBUNTU:22.04", "rhel:9.3"] {
        assert!(good.parse::<Distribution>().is_ok(), "{good}");
    }
    for bad in ["", "debian:", "windows:11", "debian:1 2", "debian:12?x=y", ":12"] {
        assert!(bad.parse::<Distribution>().is_err(), "{bad}");
    }
}

#[test]
fn githubs_wrapping_is_looked_through() {
    let wrapped = r#"{"sbom":{"spdxVersion":"SPDX-2.3","packages":[{"name":"x"}]}}"#;
    assert_eq!(skipped(&read(wrapped)), [("/sbom/packages/0", "has neither a package URL nor a vendor")]);
    let wrong = inventory::read(br#"{"sbom":{"spdxVersion":"SPDX-9"}}"#, &Limits::inventory()).unwrap_err();
    assert_eq!(wrong.place, "/sbom/spdxVersion");
}

#[test]
fn a_component_without_a_package_url_is_known_by_its_cpe_name() {
    let bom = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","components":[
        {"type":"firmware","name":"os","cpe":"cpe:2.3:o:acme:os:2.0:*:*:*:*:*:*:*"},
        {"type":"firmware","name":"os","cpe":"nonsense"}]}"#;
    let inventory = read(bom);
    assert_eq!(things(&inventory), [product("acme", "os", "2.0")].into());
    assert_eq!(
        skipped(&inventory),
        [("/components/1", "its CPE name: neither a CPE 2.3 formatted string nor a CPE 2.2 URI")]
    );
}

#[test]
fn nothing_known_is_refused_with_the_formats_that_are_known() {
    for text in ["hello", "# only a comment\nand a word", "a,b\n1,2\n"] {
        let problem = inventory::read(text.as_bytes(), &Limits::inventory()).unwrap_err();
        assert!(problem.place.starts_with("line "), "{problem}");
        assert!(problem.message.contains("dpkg -l") && problem.message.contains("CycloneDX"), "{problem}");
    }
    let utf16 = inventory::read(b"\xff\xfev\0e\0", &Limits::inventory()).unwrap_err();
    assert!(utf16.message.contains("UTF-16"));
    assert!(inventory::read(b" \n", &Limits::inventory()).unwrap_err().message.contains("empty"));
}

#[test]
fn labels_are_what_was_written() {
    let Component { label, .. } = read("cpe:2.3:a:v:p_q:1:*:*:*:*:*:*:*").components.remove(0);
    assert_eq!(label, "cpe:2.3:a:v:p_q:1:*:*:*:*:*:*:*");
}
