"""Words for the dynamic variables that no provider of Faker covers."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    """Words between spaces; lines that hold ``|`` are split there instead."""
    lines = text.strip().splitlines()
    return tuple(word.strip() for line in lines for word in (line.split("|") if "|" in line else line.split()))


LOCALES = _words(
    """af am ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fil fr ga gl gu ha haw he hi hr hu hy id ig is it
    ja ka kk km kn ko ky lo lt lv mk ml mn mr ms mt my nb ne nl nn pa pl ps pt ro ru sd si sk sl so sq sr sv sw ta te th
    tr uk ur uz vi yo zh zu"""
)
COLORS = _words(
    """amber aqua azure beige black blue bronze brown coral crimson cyan gold gray green indigo ivory khaki lavender
    lilac lime magenta maroon navy ochre olive orange peach pink plum purple red rose rust silver teal turquoise violet
    white yellow
    dark green|light blue|pale pink|sea green"""
)
DIRECTORIES = _words(
    """/bin /boot /dev /etc /etc/cron.d /etc/default /etc/ssl /home /home/user /lib /lib64 /media /mnt /net /opt
    /opt/bin /opt/lib /opt/share /proc /root /run /sbin /srv /sys /usr /usr/bin /usr/include /usr/lib
    /usr/local/bin /usr/local/etc /usr/local/share /usr/sbin /usr/share /usr/src /var /var/cache /var/lib /var/log
    /var/mail /var/spool"""
)

DEPARTMENTS = _words(
    """Appliances Bakery Books Cameras Clothing Cosmetics Electronics Furniture Games Garden Hardware Health Kitchen
    Lighting Luggage Music Office Outdoors Pets Photography Shoes Sports Stationery Tools Toys"""
)
PRODUCTS = _words(
    """Backpack Basket Bench Blanket Bottle Bowl Candle Chair Clock Cup Desk Gloves Hat Kettle Keyboard Knife Ladder
    Lamp Mirror Mug Notebook Pen Pillow Plate Scarf Shelf Shirt Shoes Soap Spoon Stool Table Tent Towel Umbrella Vase
    Wallet Watch"""
)
PRODUCT_ADJECTIVES = _words(
    """Affordable Charming Classic Compact Durable Elegant Fancy Handy Heavy Light Modern Plain Portable Pretty Quiet
    Reliable Rugged Simple Small Smart Solid Stylish Sturdy Vintage"""
)
PRODUCT_MATERIALS = _words(
    "Aluminium Bamboo Brass Canvas Ceramic Copper Cork Cotton Denim Glass Leather Linen Marble Oak Paper Rubber Silk "
    "Steel Stone Wool"
)

JOB_DESCRIPTORS = _words(
    "Assistant Associate Chief Corporate Deputy District Executive Field Global Group Head Interim Junior Lead Local "
    "National Principal Regional Senior Staff"
)
JOB_AREAS = _words(
    """Accounting Advertising Analytics Audit Catering Compliance Construction Customer Data Design Education Energy
    Events Finance Infrastructure Insurance Legal Logistics Maintenance Marketing Operations Payroll Planning
    Procurement Product Quality Research Safety Sales Security Software Supply Support Tax Training Travel"""
)
JOB_TYPES = _words(
    """Administrator Advisor Agent Analyst Architect Assistant Auditor Buyer Clerk Consultant Coordinator Designer
    Developer Director Editor Engineer Inspector Instructor Manager Officer Planner Producer Specialist Supervisor
    Technician"""
)

DATABASE_COLUMNS = _words(
    "address amount city code country createdAt currency deletedAt description email id locale name owner parentId "
    "phone position price quantity slug status title type updatedAt url username version"
)
#: Data types, collations and engines of MySQL.
DATABASE_TYPES = _words(
    """bigint binary bit blob char date datetime decimal double enum float geometry int json longblob longtext mediumint
    mediumtext point polygon real set smallint text time timestamp tinyint varbinary varchar year"""
)
DATABASE_COLLATIONS = _words(
    "ascii_bin ascii_general_ci cp1250_general_ci cp1251_bin latin1_bin latin1_general_ci latin1_swedish_ci utf8_bin "
    "utf8_general_ci utf8_unicode_ci utf16_bin utf16_general_ci"
)
DATABASE_ENGINES = _words("ARCHIVE BLACKHOLE CSV FEDERATED InnoDB MEMORY MERGE MyISAM NDB")

ABBREVIATIONS = _words(
    "API ASCII BIOS CDN CLI CPU CSS CSV DHCP DNS FTP GPU GUI HTML HTTP IMAP IP JSON JWT LAN NTP PDF PNG RAM REST RSS "
    "SDK SMTP SQL SSD SSH SSL SVG TCP TLS UDP URL USB VPN XML"
)
TECH_ADJECTIVES = _words(
    """analog asynchronous automatic binary cached cloud concurrent cryptic default distributed dynamic embedded
    encrypted external global hidden idle internal legacy local nested offline parallel portable public random recursive
    remote secure shared static stateless synchronous temporary
    low-level|read-only|real-time|third-party"""
)
TECH_NOUNS = _words(
    """archive backup browser buffer cache channel client cluster compiler console container cookie database deadline
    endpoint gateway heap host kernel keyboard laptop ledger library logfile modem module network packet parser pipeline
    printer process proxy queue router scanner schema server session socket stack stream switch terminal thread token
    touchscreen tunnel webcam workstation"""
)
#: Verb and its -ing form.
TECH_VERBS = tuple(
    tuple(pair.split(":"))
    for pair in _words(
        """archive:archiving compile:compiling configure:configuring copy:copying debug:debugging decode:decoding
        deploy:deploying disable:disabling encrypt:encrypting export:exporting filter:filtering flush:flushing
        format:formatting import:importing inspect:inspecting install:installing load:loading lock:locking
        monitor:monitoring parse:parsing patch:patching ping:pinging poll:polling publish:publishing query:querying
        reboot:rebooting reset:resetting restart:restarting scan:scanning send:sending sort:sorting stream:streaming
        sync:syncing trace:tracing update:updating upload:uploading validate:validating wrap:wrapping"""
    )
)
PHRASES = (
    "We should {verb} the {adjective} {abbreviation} {noun} before the {other} is full!",
    "{Ingverb} the {noun} is not enough, first {verb} the {adjective} {abbreviation} {other}!",
    "Please {verb} the {abbreviation} {noun}, so that the {adjective} {other} can start!",
    "The {abbreviation} {noun} is down, try {ingverb} the {adjective} {other}!",
    "Nobody can {verb} the {noun} without {ingverb} the {adjective} {abbreviation} {other}!",
    "After {ingverb} the {noun} you can {verb} the {adjective} {abbreviation} {other}!",
)

ACCOUNT_NAMES = _words(
    "Business|Checking|Credit Card|Current|Investment|Joint|Mortgage|Payroll|Personal Loan|Retirement|Savings|Trust"
)
TRANSACTION_TYPES = _words("deposit invoice payment withdrawal")
#: Country -> pattern of its domestic part (A letter, N digit), from the ISO 13616 registry.
IBAN_PATTERNS = {
    "AT": "N16",
    "BE": "N12",
    "CH": "N17",
    "CZ": "N20",
    "DE": "N18",
    "DK": "N14",
    "ES": "N20",
    "FI": "N14",
    "GB": "A4N14",
    "IE": "A4N14",
    "LU": "N16",
    "NL": "A4N10",
    "NO": "N11",
    "PL": "N24",
    "PT": "N21",
    "SE": "N20",
}

DOMAIN_SUFFIXES = _words("biz com info name net org")
FREE_MAIL = _words("gmail.com hotmail.com yahoo.com")
EXAMPLE_MAIL = _words("example.com example.net example.org")
COMMON_EXTENSIONS = _words("gif htm html jpe jpeg jpg m1v m2a m2v m3a mp2 mp3 mp4 mp4v mpe mpeg mpg mpga pdf png wav")
COMMON_FILE_TYPES = _words("application audio image text video")
FILE_TYPES = _words("application audio chemical font image message model multipart text video")
EXTENSIONS = (
    *COMMON_EXTENSIONS,
    *_words(
        """7z aac avi bin bmp bz2 conf csv css doc docx dot eps epub flac gz ico ics iso jar js json key latex log m4a
        mid mkv mov odp ods odt ogg otf ppt pptx ps psd rar rtf sh sql svg swf tar tex tiff tsv ttf txt wasm weba webm
        webp woff xhtml xls xlsx xml xsl yaml zip"""
    ),
)
MIME_TYPES = _words(
    """application/epub+zip application/gzip application/javascript application/json application/ld+json
    application/msword application/octet-stream application/ogg application/pdf application/rtf application/sql
    application/vnd.ms-excel application/vnd.ms-fontobject application/vnd.oasis.opendocument.text application/wasm
    application/x-bzip2 application/x-sh application/x-tar application/xhtml+xml application/xml application/zip
    audio/aac audio/flac audio/midi audio/mp4 audio/mpeg audio/ogg audio/wav audio/webm font/otf font/ttf font/woff
    font/woff2 image/bmp image/gif image/jpeg image/png image/svg+xml image/tiff image/webp message/rfc822 model/stl
    multipart/form-data multipart/mixed text/calendar text/css text/csv text/html text/markdown text/plain text/xml
    video/mp4 video/mpeg video/ogg video/quicktime video/webm video/x-msvideo"""
)
