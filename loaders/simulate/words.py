"""Vocabulary of the simulated world."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    """
    aaron ada adam agnes aisha alan alba alex alice amara amina amir ana andre angela anil
    anna anton arjun astrid bea ben bianca bruno carla carlos carmen chen chidi chloe clara
    dana daniel daria david deepa diego dina dmitri edith elena eli elif emeka emil emma
    enzo erik esra eva farah felix fatima finn flora franz gabriel georg gita grace hana
    hannah hassan heidi helen hugo ibrahim ida igor ines ingrid irene isaac ivan ivy jack
    jana jan javier jin joana joel jonas jose julia jun kai karim karl kate keiko kenji kofi
    kwame lan laura lea leo lena liam lina linh lucas lucy luis maja malik marco maria marta
    mateo maya mei mehmet mia miguel mila minh mira mona nadia naomi nico nina noah nora
    nuno olga oliver omar oscar otto pablo paul pedro petra pia priya rafael raj rana rita
    robin rosa ruth sam sana sara sasha sofia stefan sven tariq tess theo tim tomas uma
    ursula vera victor vikram walter wei yara yuki yusuf zara zoe
    """
)
LAST_NAMES = _words(
    """
    abe acosta adeyemi ahmed akhtar ali almeida alvarez andersen bailey baker bakshi
    banerjee bauer becker berg bianchi bos brown bui cabrera campos carter castro chan chang
    chavez chen cohen cole costa cruz dang das davis delgado diaz dietrich dogan dubois
    duarte ekwueme eriksen evans fernandes fischer flores fontaine foster franco fuchs
    fujita garcia gomez gonzalez grant green gruber gupta haas hall hansen hara hart hayashi
    he hernandez hill hoang hoffmann horvat huang hughes ibrahim ito ivanov iyer jackson
    jansen jensen johnson jones joshi kang kaplan kaur keller khan kim king klein kobayashi
    koch kovacs kowalski kruger kumar lam lang larsen lee lehmann leroy lewis li lim lin liu
    lopez ludwig luo ma maier mancini martin mason mehta mendoza mensah meyer mills moreau
    morris mueller murphy nakamura nair navarro nguyen nielsen novak nowak obi okafor olsen
    ortiz osei ozturk park patel pereira perez peters pham popov price rao ramos reddy reyes
    ricci richter rivera roberts rodriguez romano rossi roy ruiz russo sato santos sanchez
    schmidt schneider schulz sharma shah silva simon singh smith soto sousa stein suzuki
    takeda tan tanaka taylor thomas tran turner vargas vega vogel wagner walker wang
    watanabe weber white wilson wolf wong wood wright wu yadav yamada yang yilmaz young
    zhang zhao zhou zimmermann
    """
)
BRANDS = _words(
    """
    acorn alder amber anchor apex arbor argo aspen atlas aurora axis bay beacon birch blue
    bolt bright brook canyon cedar cinder clear cloud cobalt copper coral crest crown dawn
    delta drift dune eagle east echo edge elm ember falcon fern field fjord flint forge fox
    frost gate glen gold granite green grove harbor hawk haven hazel hill hollow horizon
    iron island ivy jade juniper key lake lark laurel leaf light lily linden lotus lunar
    lynx maple marsh meadow mesa mint mist moon moss north nova oak ocean olive onyx opal
    orbit orchid osprey otter palm peak pearl pebble pine pixel plain plum polar pond port
    prairie prime pulse quartz quill rain raven reef ridge river robin rock rose ruby rush
    saffron sage sand sea shade shore silver sky slate snow solar south spark spring spruce
    star steel stone storm stream summit sun swift teal terra thorn tide timber topaz trail
    vale vector velvet violet vista wave west willow wind wing wolf wren zenith zephyr
    """
)
ADJECTIVES = _words(
    """
    accurate affordable annual balanced basic better brief bright broken busy calm careful
    cheap classic clean clear clever close cold colourful common compact complete complex
    concise cosy creative critical curious current daily dark deep detailed difficult
    digital direct early easy elegant empty endless exact fair faithful famous fast final
    fine firm flexible foreign formal fragile free fresh friendly full funny gentle global
    good grand green handmade happy hard heavy helpful hidden historic honest huge humble
    ideal important informal inner kind large lasting late light little local logical lonely
    long loud lovely low main minimal modern modest monthly musical narrow natural neat new
    noisy northern novel odd official old open optional ordinary original outdoor pale
    patient perfect personal plain playful polite poor popular practical precise pretty
    private proper proud public quick quiet random rare raw ready real recent regional
    regular reliable remote rich robust rough round rural safe seasonal secret serious sharp
    short silent simple slow small smart smooth soft solid southern spare special stable
    steady strange strict strong subtle sudden sunny sweet technical tender thin tidy tiny
    tired typical unusual urban urgent useful usual valid vast visual vivid warm weak weekly
    wide wild wise wooden young
    """
)
NOUNS = _words(
    """
    account advice album algorithm analysis animal apartment app archive argument article
    artist assignment audience balcony band bank beach bicycle bill biology bird blog board
    boat book border bottle brand bread bridge budget building bus business cake calendar
    camera camping campaign canal car career carpet castle cat cell chapter chart chemistry
    child choir church city class client climate clinic clock coach coast code coffee
    collection college colour comedy committee company computer concert contract
    conversation cookie copy council country course court cover crop culture curriculum
    customer dance data database deadline debate decision delivery design desert dessert
    dialogue diary dictionary diet dinner disease document dog door drama drawing dream
    dress drink driver drum economy editor election email emotion energy engine essay event
    exam exercise exhibition experiment export fabric factory family farm fashion festival
    fiction film finance fire fish flight flower food football forest form formula fox
    friend fruit function furniture future game garage garden gift glacier glass grammar
    graph group guide guitar habit harvest headline health heating hero history hobby
    holiday home horse hospital hotel house idea image index industry insect insurance
    interview invoice island job journal journey judge kitchen knife lab ladder lake lamp
    landlord language law lecture lesson letter library licence list loan lunch machine
    magazine mail manager map market marketing marriage mathematics meal medicine meeting
    memo memory menu message meteor method metro mirror model money monument morning motor
    mountain movie museum music myth name narrator neighbour network newspaper nurse ocean
    office opera orchard order organ package page painting paper parent park party passport
    patient pattern payment pension philosophy phone photo physics piano picnic pilot pizza
    plan planet plant plot podcast poem poet policy pond portfolio poster prayer
    presentation price printer product professor programme project proof proposal puzzle
    quarter question queue quiz radio railway rain recipe record refund region rent report
    research restaurant result review rhythm river road robot roof room routine ruler salad
    sale sample scene schedule school science screen script sculpture season sensor series
    server shelf ship shop shower sister sketch slogan snow software soil song soup speech
    sport spreadsheet stage station statue story strategy street student studio subscription
    subway summer summary survey symbol system table tax teacher team temple tenant test
    textbook theatre theory thesis ticket title tool tourist town toy trade train
    translation travel treaty tree trial trip truck tunnel tutor university vaccine valley
    vegetable vehicle video village violin visitor vocabulary volcano volunteer vote wall
    warehouse warranty water weather website wedding weekend wildlife window wine winter
    workshop writer yard yoga zoo
    """
)
SUFFIXES = (
    ".com", ".net", ".io", ".org", ".co", ".dev", ".app", ".eu", ".in", ".de",
)  # fmt: skip
OPENERS = (
    "please", "could you", "can you", "i must", "i should", "help me", "let us",
    "hi, please", "hello,", "would you", "experts,", "now, kindly", "plainly", "always",
    "today, please", "we must", "we should", "how to", "carefully", "just", "tomorrow we",
    "factually", "thanks! please", "you should", "kindly", "i will", "maybe", "we will",
    "show me,", "now", "also", "then", "again,", "first", "imagine you", "suppose we",
    "tonight", "editor,", "briefly", "strictly", "try to", "never mind,", "hey,", "quickly",
    "slowly", "once more,", "seriously,", "honestly,", "someone must", "they should",
    "think and", "everyone will", "urgent:", "next,", "look,", "sure,", "well,", "ok,",
    "for fun", "for school", "at work",
)  # fmt: skip
TASKS = (
    "write", "explain", "summarise", "outline", "translate", "compare", "review", "improve",
    "rewrite", "plan", "design", "draft", "describe", "analyse", "correct", "shorten",
    "expand", "classify", "rank", "debug", "refactor", "test", "document", "criticise",
    "simplify", "illustrate", "structure", "format", "proofread", "estimate", "model",
    "schedule", "invent", "present", "organise", "visualise", "check", "optimise",
    "convert", "generate", "reword", "label", "sort", "merge", "split", "count", "predict",
    "defend", "question", "answer", "quote", "paraphrase", "teach", "narrate", "sketch",
    "price", "audit", "verify", "extend", "adapt", "modernise", "localise", "annotate",
    "tag", "brainstorm", "combine", "evaluate", "justify", "measure", "pitch", "quantify",
    "recommend", "remove", "repair", "replace", "reverse", "solve", "specify", "tabulate",
    "trace", "transcribe", "update",
)  # fmt: skip
DETERMINERS = (
    "the", "my", "our", "this", "that", "some", "every", "each", "another", "one", "your",
    "their",
)  # fmt: skip
RELATIONS = (
    "about", "based on", "for", "without", "inspired by", "next to", "instead of",
    "together with", "replacing", "mentioning", "before", "after", "despite", "echoing",
    "concerning", "comparing", "around", "against", "between", "behind", "beyond", "inside",
    "outside", "under", "over", "through", "during", "until", "since", "because of",
    "thanks to", "like", "unlike", "near", "across", "along", "beside", "within", "from",
    "into", "towards", "per", "versus", "including", "excluding", "plus", "minus", "given",
    "regarding", "following",
)  # fmt: skip
ENDINGS = (
    "in paragraphs", "as tables", "with bullets", "in brief", "with examples", "and cite",
    "formally", "humorously", "simply", "with headlines", "listing risks", "in json",
    "in markdown", "with reasons", "without jargon", "then conclude", "and ask",
    "politely please", "in present", "with drawbacks", "plus checklists", "and score",
    "with python", "for managers", "stepwise", "in british", "in sentences", "for slides",
    "flagging doubts", "with headings", "as dialogue", "on paper", "in french",
    "in spanish", "in german", "in hindi", "in japanese", "as poetry", "as tweets",
    "as haiku", "with sql", "in rust", "in excel", "as yaml", "as csv", "in latex",
    "with footnotes", "with dates", "with prices", "with emojis", "sans adjectives",
    "in past", "for experts", "for teenagers", "for grandma", "politely", "bluntly",
    "twice", "in detail", "at length", "from scratch", "by hand", "linewise", "in reverse",
    "alphabetically", "with quizzes", "with diagrams", "with timelines", "and stop",
    "nothing else", "within limits", "on budget", "by friday", "before noon", "if possible",
    "whatever happens", "for beginners", "as letters", "as songs", "in metric",
)  # fmt: skip
