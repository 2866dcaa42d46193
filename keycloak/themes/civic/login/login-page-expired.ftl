<#import "template.ftl" as layout>
<@layout.registrationLayout; section>
  <#if section = "header">
    ${msg("pageExpiredTitle")}
  <#elseif section = "form">
    <p class="kern-body">${msg("pageExpiredMore")}</p>
    <div class="kern-btn-wrapper">
      <a class="kern-btn kern-btn--primary" id="loginContinueLink" href="${url.loginAction}"><span class="kern-label">${msg("pageExpiredContinue")}</span></a>
      <a class="kern-btn kern-btn--secondary" id="loginRestartLink" href="${url.loginRestartFlowUrl}"><span class="kern-label">${msg("pageExpiredRestart")}</span></a>
    </div>
  </#if>
</@layout.registrationLayout>
