<#-- Frame of every page of signing in: the portal's head, one heading, what happened, one form. -->
<#macro registrationLayout bodyClass="" displayInfo=false displayMessage=true displayRequiredFields=false>
<!doctype html>
<html lang="${lang}"<#if realm.internationalizationEnabled> dir="${(locale.rtl)?then('rtl','ltr')}"</#if>>
<head>
<meta charset="utf-8">
<title>${title!}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<link rel="icon" href="${url.resourcesPath}/img/icon.svg" type="image/svg+xml">
<#list properties.styles?split(' ') as style>
<link rel="stylesheet" href="${url.resourcesPath}/${style}">
</#list>
<script type="importmap">{"imports": {"rfc4648": "${url.resourcesCommonPath}/vendor/rfc4648/rfc4648.js"}}</script>
<#if scripts??>
<#list scripts as script>
<script src="${script}"></script>
</#list>
</#if>
<script type="module">
<#outputformat "JavaScript">
import { startSessionPolling<#if authenticationSession??>, checkAuthSession</#if> } from ${(url.resourcesPath + "/js/authChecker.js")?c};
startSessionPolling(${url.ssoLoginInOtherTabsUrl?c});
<#if authenticationSession??>
checkAuthSession(${authenticationSession.authSessionIdHash?c});
</#if>
</#outputformat>
</script>
</head>
<body data-page-id="login-${pageId}">
<a class="skip kern-link" href="#inhalt">${msg("skipToContent")}</a>
<header>
<div class="band">
  <div class="wrap band__row">
    <p>${msg("signInPlace")}</p>
    <#if realm.internationalizationEnabled && locale.supported?size gt 1>
    <nav class="switch" aria-label="${msg("languages")}">
      <span class="kern-icon kern-icon--small kern-icon--language" aria-hidden="true"></span>
      <#list locale.supported?sort_by("languageTag") as l>
      <a class="kern-link" href="${l.url}" lang="${l.languageTag}" hreflang="${l.languageTag}"<#if l.languageTag == locale.currentLanguageTag> aria-current="true"</#if>>${l.label}</a>
      </#list>
    </nav>
    </#if>
  </div>
</div>
<div class="head">
  <div class="wrap head__row">
    <#if (client.baseUrl)?has_content>
    <a class="brand" href="${client.baseUrl}">${realm.displayName!realm.name}</a>
    <#else>
    <span class="brand">${realm.displayName!realm.name}</span>
    </#if>
  </div>
</div>
</header>
<main id="inhalt" class="wrap main" tabindex="-1">
<div class="column">
  <h1 class="kern-heading-x-large" id="kc-page-title"><#nested "header"></h1>
  <#if auth?has_content && auth.showUsername() && !auth.showResetCredentials()>
  <#nested "show-username">
  <p class="kern-body attempted">${msg("attemptedUsername", auth.attemptedUsername)}
    <a class="kern-link" id="reset-login" href="${url.loginRestartFlowUrl}">${msg("restartLoginTooltip")}</a></p>
  </#if>
  <#if displayRequiredFields>
  <p class="kern-body">${msg("requiredFields")}</p>
  </#if>
  <#if displayMessage && message?has_content && (message.type != 'warning' || !isAppInitiatedAction??)>
  <#assign kind = (message.type == 'error')?then('danger', message.type)>
  <div class="kern-alert kern-alert--${kind}" role="<#if message.type == 'error'>alert<#else>status</#if>">
    <div class="kern-alert__header">
      <span class="kern-icon kern-icon--${kind}" aria-hidden="true"></span>
      <p class="kern-title">${kcSanitize(message.summary)?no_esc}</p>
    </div>
  </div>
  </#if>
  <#nested "form">
  <#if auth?has_content && auth.showTryAnotherWayLink()>
  <form id="kc-select-try-another-way-form" action="${url.loginAction}" method="post">
    <input type="hidden" name="tryAnotherWay" value="on">
    <button class="as-link" type="submit">${msg("doTryAnotherWay")}</button>
  </form>
  </#if>
  <#nested "socialProviders">
  <#if displayInfo>
  <div id="kc-info" class="info"><#nested "info"></div>
  </#if>
</div>
</main>
<footer class="foot">
  <div class="wrap">
    <#if (client.baseUrl)?has_content>
    <ul>
      <li><a class="kern-link" href="${client.baseUrl}">${msg("backToPortal")}</a></li>
      <li><a class="kern-link" href="${client.baseUrl}datenschutz">${msg("privacy")}</a></li>
      <li><a class="kern-link" href="${client.baseUrl}impressum">${msg("imprint")}</a></li>
      <li><a class="kern-link" href="${client.baseUrl}barrierefreiheit">${msg("accessibility")}</a></li>
    </ul>
    </#if>
  </div>
</footer>
</body>
</html>
</#macro>
